//! AdamW and gradient clipping.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::thread;

use anyhow::{Result, anyhow};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Bytes, Device, Tensor};
use model_export::decoder::{Decoder, FROZEN_CLASSIFIER, IMAGE_BLOCKS};

use crate::files;
use crate::train::recipe::TrainingRecipe;

/// AdamW (Loshchilov and Hutter, 2019, <https://arxiv.org/abs/1711.05101>) whose weight decay spares
/// biases and norms.
///
/// On the CPU each of its operations runs on one thread, so each of several threads updates some of the
/// parameters.
#[derive(Clone)]
pub(crate) struct Optimizer {
    parts: Vec<Part>,
}

/// The parameters that one thread updates.
#[derive(Clone)]
struct Part {
    parameters: HashSet<ParamId>,
    /// Their learning rate, as a share of the common one.
    rate: f64,
    optimizer: ModuleOptimizer,
}

impl Optimizer {
    /// Of a decoder whose parameters so many threads update.
    pub(crate) fn new(recipe: &TrainingRecipe, threads: usize, decoder: &Decoder) -> Self {
        let mut found = Parameters::default();
        decoder.visit(&mut found);
        let matrices: Vec<_> = found
            .found
            .iter()
            .filter(|parameter| parameter.rank >= 2)
            .map(|parameter| parameter.id)
            .collect();
        let (blocks, others) = found
            .found
            .into_iter()
            .partition(|parameter| parameter.in_blocks);
        let threads = threads.max(1);
        let shares = share_out(others, threads)
            .map(|parameters| (parameters, 1.0))
            .chain(
                share_out(blocks, threads)
                    .map(|parameters| (parameters, recipe.block_learning_rate)),
            );
        let adam = AdamWConfig::new()
            .with_beta_2(recipe.beta_2 as f32)
            .with_epsilon(recipe.epsilon as f32)
            .with_weight_decay(0.0);
        let optimizer = || {
            adam.init().with_group(
                ParamGroup::from_ids(matrices.clone()),
                adam.clone()
                    .with_weight_decay(recipe.weight_decay as f32)
                    .build(),
                None,
            )
        };
        let parts = shares.map(|(parameters, rate)| Part {
            parameters,
            rate,
            optimizer: optimizer(),
        });
        Self {
            parts: parts.collect(),
        }
    }

    /// The decoder after a step. Gradients are first scaled together so that their common norm is at most
    /// `largest_norm`, where there is one (Pascanu et al., 2013, <https://arxiv.org/abs/1211.5063>); burn's own clipping looks
    /// at each parameter alone.
    ///
    /// # Errors
    /// When a thread fails.
    pub(crate) fn step(
        &mut self,
        decoder: &Decoder,
        mut gradients: GradientsParams,
        largest_norm: Option<f64>,
        learning_rate: f64,
    ) -> Result<Decoder> {
        let scale = largest_norm.and_then(|largest| clip_scale(&gradients, decoder, largest));
        let work: Vec<_> = self
            .parts
            .iter_mut()
            .map(|part| {
                let mut own = Take {
                    parameters: &part.parameters,
                    from: &mut gradients,
                    taken: GradientsParams::new(),
                };
                decoder.visit(&mut own);
                (own.taken, part, decoder.clone(), scale.clone())
            })
            .collect();
        let update = |(mut gradients, part, decoder, scale): (_, &mut Part, Decoder, Option<_>)| {
            if let Some(scale) = scale {
                scale_gradients(&mut gradients, &decoder, scale);
            }
            part.optimizer
                .step(learning_rate * part.rate, decoder, gradients)
        };
        if work.len() == 1 {
            return work
                .into_iter()
                .map(update)
                .next()
                .ok_or_else(|| anyhow!("an optimiser without parts"));
        }
        let parameters_of = |part: &Part| part.parameters.clone();
        let updated: Vec<_> = if on_cpu(decoder) {
            thread::scope(|scope| {
                let threads: Vec<_> = work
                    .into_iter()
                    .map(|work| (parameters_of(work.1), scope.spawn(move || update(work))))
                    .collect();
                threads
                    .into_iter()
                    .map(|(parameters, thread)| {
                        let failed = |_| anyhow!("a thread of the optimiser failed");
                        Ok((parameters, thread.join().map_err(failed)?))
                    })
                    .collect::<Result<_>>()
            })?
        } else {
            work.into_iter()
                .map(|work| (parameters_of(work.1), update(work)))
                .collect()
        };
        let mut new = Values::default();
        for (parameters, decoder) in updated {
            new.parameters = parameters;
            decoder.visit(&mut new);
        }
        Ok(decoder.clone().map(&mut new))
    }

    /// Writes its state, each part into a file of its own.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn save(&self, file: impl Fn(usize) -> PathBuf) -> Result<()> {
        for (index, part) in self.parts.iter().enumerate() {
            let path = file(index);
            part.optimizer
                .save(&path)
                .map_err(|error| anyhow!("{}: {error}", path.display()))?;
        }
        Ok(())
    }

    /// Reads the state that [`Optimizer::save`] wrote.
    ///
    /// # Errors
    /// When a file is missing or damaged.
    pub(crate) fn load(mut self, file: impl Fn(usize) -> PathBuf) -> Result<Self> {
        for (index, part) in self.parts.iter_mut().enumerate() {
            let path = file(index);
            // Not by burn's reader of files, which reads when it is too late for an error.
            let bytes = Bytes::from_bytes_vec(files::read(&path)?);
            let read = part.optimizer.clone().from_bytes(bytes);
            part.optimizer =
                read.map_err(|error| anyhow!("{} cannot be read: {error}", path.display()))?;
        }
        Ok(self)
    }
}

/// A GPU's work stays on one thread, whose stream of commands burn keeps in order.
fn on_cpu(decoder: &Decoder) -> bool {
    let mut devices = decoder.devices().into_iter();
    devices.all(|device| device.inner() == Device::flex())
}

/// Whether all gradients are numbers. Reading that waits for the device.
///
/// # Errors
/// When the device fails.
pub(super) fn is_finite(gradients: &GradientsParams, decoder: &Decoder) -> Result<bool> {
    let mut squares = SumOfSquares {
        gradients,
        sum: None,
    };
    decoder.visit(&mut squares);
    let Some(sum) = squares.sum else {
        return Ok(true);
    };
    let sum: f32 = sum
        .try_into_scalar()
        .map_err(|error| anyhow!("the device failed: {error:?}"))?;
    Ok(sum.is_finite())
}

/// Multiplies all gradients by a factor `[1]`.
pub(super) fn scale_gradients(
    gradients: &mut GradientsParams,
    decoder: &Decoder,
    scale: Tensor<1>,
) {
    decoder.visit(&mut Scale { gradients, scale });
}

/// What brings the common norm of all gradients down to `largest`: min(1, largest / norm), on the device,
/// so that nothing waits for the GPU.
fn clip_scale(gradients: &GradientsParams, decoder: &Decoder, largest: f64) -> Option<Tensor<1>> {
    let mut squares = SumOfSquares {
        gradients,
        sum: None,
    };
    decoder.visit(&mut squares);
    let norm = squares.sum?.sqrt().add_scalar(1e-12);
    Some(norm.recip().mul_scalar(largest).clamp_max(1.0))
}

/// The parameters of a decoder that are trained.
#[derive(Default)]
struct Parameters {
    found: Vec<Parameter>,
    /// Names of the modules around the next one.
    path: Vec<String>,
}

struct Parameter {
    id: ParamId,
    rank: usize,
    size: usize,
    /// Whether it is one of the image network's blocks.
    in_blocks: bool,
}

/// Parts of about the same size, none of them empty.
fn share_out(
    mut parameters: Vec<Parameter>,
    parts: usize,
) -> impl Iterator<Item = HashSet<ParamId>> {
    // The largest first, each to the part with the least so far.
    parameters.sort_by_key(|parameter| std::cmp::Reverse(parameter.size));
    let mut shares = vec![(0, HashSet::new()); parts.min(parameters.len())];
    for parameter in parameters {
        if let Some((size, ids)) = shares.iter_mut().min_by_key(|(size, _)| *size) {
            *size += parameter.size;
            ids.insert(parameter.id);
        }
    }
    shares.into_iter().map(|(_, ids)| ids)
}

impl ModuleVisitor for Parameters {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.path.windows(2).any(|names| names == FROZEN_CLASSIFIER) {
            return;
        }
        self.found.push(Parameter {
            id: param.id,
            rank: D,
            size: param.shape().num_elements(),
            in_blocks: self.path.iter().any(|name| name == IMAGE_BLOCKS),
        });
    }
}

/// Takes the gradients of some parameters.
struct Take<'a> {
    parameters: &'a HashSet<ParamId>,
    from: &'a mut GradientsParams,
    taken: GradientsParams,
}

impl ModuleVisitor for Take<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.parameters.contains(&param.id)
            && let Some(gradient) = self.from.remove::<D>(param.id)
        {
            self.taken.register(param.id, gradient);
        }
    }
}

/// Reads the values of some parameters of one decoder after the other, and writes all into one.
#[derive(Default)]
struct Values {
    parameters: HashSet<ParamId>,
    /// Flattened.
    values: HashMap<ParamId, Tensor<1>>,
}

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.parameters.contains(&param.id) {
            let value = param.val().without_autodiff();
            let count = value.shape().num_elements();
            self.values.insert(param.id, value.reshape([count]));
        }
    }
}

impl ModuleMapper for Values {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.values.remove(&param.id) {
            Some(value) => {
                let value = Tensor::from_inner(value.reshape(param.shape()));
                param.map(|old| value.set_require_grad(old.is_require_grad()))
            }
            None => param,
        }
    }
}

struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let square = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    scale: Tensor<1>,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let scaled = gradient * self.scale.clone().unsqueeze();
            self.gradients.register(param.id, scaled);
        }
    }
}
