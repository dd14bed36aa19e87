//! Photos to captions, and what becomes of these: text, JSON lines, a results file, a picture of where the model looked,
//! speech, descriptions.

mod attention_picture;
mod find;
mod output;
mod speech;
mod work;

pub use attention_picture::draw as draw_attention;
pub use find::{Found, each_once, find};
pub use output::{Output, ids_of_files};
pub use speech::Speech;
pub use work::{Described, Describing, Outcome, Work};
