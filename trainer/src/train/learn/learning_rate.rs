//! How the learning rate rises and falls.

use crate::train::recipe::{Schedule, TrainingRecipe};

/// Linear warm-up, then as the schedule says; half a cosine (Loshchilov and Hutter, 2017,
/// <https://arxiv.org/abs/1608.03983>) ends at a hundredth of the largest rate. Steps count from 1.
pub(crate) fn learning_rate(recipe: &TrainingRecipe, step: u64, total: u64) -> f64 {
    let warm_up = recipe.warm_up.min(total / 2);
    if step <= warm_up {
        return recipe.learning_rate * step as f64 / warm_up as f64;
    }
    let share = (step - warm_up) as f64 / (total - warm_up).max(1) as f64;
    recipe.learning_rate
        * match recipe.schedule {
            Schedule::Cosine => {
                let cosine = 0.5 * (1.0 + (std::f64::consts::PI * share.min(1.0)).cos());
                0.01 + 0.99 * cosine
            }
            Schedule::Constant => 1.0,
            Schedule::Drop if 3 * step <= 2 * total => 1.0,
            Schedule::Drop => 0.1,
        }
}
