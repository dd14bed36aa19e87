//! Captions a photo with `model-export` alone:
//! `cargo run --release -p model-export --example caption -- MODEL PHOTO`

use std::error::Error;
use std::fs;

use burn::tensor::Device;
use model_export::{CaptionOptions, Captioner};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [model, photo] = arguments.as_slice() else {
        return Err("expected a model file and a photo".into());
    };
    let captioner = Captioner::from_bytes(&fs::read(model)?, &Device::flex())?;
    let photo = fs::read(photo)?;
    let options = CaptionOptions::default();
    // Natively nothing in it ever waits. Each word comes with its probability and its map.
    let caption = pollster::block_on(captioner.caption_bytes(&photo, &options, &mut |_word| {}))?;
    println!("{}", caption.text);
    Ok(())
}
