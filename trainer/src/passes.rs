//! Many photos through a network, on all cores.

use burn::tensor::Device;
use rayon::prelude::*;

/// Photos in one pass through a network.
pub(crate) const PHOTOS_PER_PASS: usize = 8;

/// Photos that are read before they go through a network together: enough for all cores.
pub(crate) fn photos_at_a_time() -> usize {
    2 * PHOTOS_PER_PASS * rayon::current_num_threads()
}

/// What each pass gives of as many photos as it takes, in their order. On a CPU one pass keeps hardly more than one core
/// busy, so that several run at once; a GPU does one after the other, and wants them from one thread.
pub(crate) fn in_passes<T: Sync, R: Send>(
    photos: &[T],
    device: &Device,
    pass: impl Fn(&[T]) -> R + Sync + Send,
) -> Vec<R> {
    if *device == Device::flex() {
        photos.par_chunks(PHOTOS_PER_PASS).map(pass).collect()
    } else {
        photos.chunks(PHOTOS_PER_PASS).map(pass).collect()
    }
}
