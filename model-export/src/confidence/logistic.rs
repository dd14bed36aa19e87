//! Logistic regression.

use serde::{Deserialize, Serialize};

/// Logistic regression: `1 / (1 + e^−z)` with `z = bias + Σ weight · (value − mean) / deviation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logistic<Feature> {
    /// The log-odds where every feature has its mean.
    pub bias: f64,
    /// One for each feature that counts.
    pub inputs: Vec<Input<Feature>>,
}

/// A feature and its part in the log-odds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input<Feature> {
    /// What is measured.
    pub feature: Feature,
    /// Its mean where the calibration was fitted.
    pub mean: f64,
    /// Its standard deviation there.
    pub deviation: f64,
    /// Log-odds per standard deviation.
    pub weight: f64,
}

impl<Feature: Copy> Logistic<Feature> {
    /// The probability, in 0 to 1, where `value` gives each feature's value.
    pub fn probability(&self, value: impl Fn(Feature) -> f64) -> f64 {
        let parts = self
            .inputs
            .iter()
            .map(|input| input.weight * (value(input.feature) - input.mean) / input.deviation);
        sigmoid(self.bias + parts.sum::<f64>())
    }

    /// Checks every number of the regression of `what`.
    ///
    /// # Errors
    /// A sentence that names the first one that is out of its range.
    pub(super) fn validate(&self, what: &str) -> Result<(), String>
    where
        Feature: PartialEq + Serialize,
    {
        if !self.bias.is_finite() {
            return Err(format!(
                "the confidence's {what} has the bias {}",
                self.bias
            ));
        }
        for (index, input) in self.inputs.iter().enumerate() {
            let Input {
                feature,
                mean,
                deviation,
                weight,
            } = input;
            let name = serde_json::to_string(feature).unwrap_or_default();
            let finite = mean.is_finite() && deviation.is_finite() && weight.is_finite();
            if !finite || *deviation <= 0.0 {
                return Err(format!(
                    "the confidence's {what} has {name} with mean {mean}, deviation {deviation} and weight {weight}"
                ));
            }
            if self.inputs[..index]
                .iter()
                .any(|other| other.feature == *feature)
            {
                return Err(format!("the confidence's {what} has {name} twice"));
            }
        }
        Ok(())
    }
}

/// `1 / (1 + e^−z)`
pub fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}
