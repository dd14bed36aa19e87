//! What becomes of captions: text, JSON lines, a results file, a picture of where the model looked, speech.

mod attention_picture;
mod output;
mod speech;

pub use attention_picture::draw as draw_attention;
pub use output::Output;
pub use speech::Speech;
