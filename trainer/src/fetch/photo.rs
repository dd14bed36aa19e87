//! One photo by its link.

use image::ImageFormat;
use ureq::http::{StatusCode, header};

use super::address::Address;
use super::client::Client;
use super::retry::{Policy, Problem};

/// Larger files are not taken: they are held in memory, one per connection.
pub(super) const LARGEST_PHOTO: usize = 32 << 20;

/// A photo's file.
pub(super) struct Photo {
    pub(super) bytes: Vec<u8>,
    /// `jpg`, `png` or `webp`, as its first bytes tell.
    pub(super) ending: &'static str,
}

/// Fetches a photo.
///
/// # Errors
/// When it cannot be had, or is none that this program reads.
pub(super) fn fetch(client: &Client, policy: &Policy, address: &Address) -> Result<Photo, Problem> {
    policy.run(|| {
        let accept = (header::ACCEPT, "image/jpeg, image/png, image/webp".into());
        let mut answer = client.get(address, &[accept])?;
        if answer.status != StatusCode::OK {
            let reason = format!("the server answers {}", answer.status);
            return Err(Problem::Permanent(reason));
        }
        let bytes = answer.read_whole(LARGEST_PHOTO)?;
        let ending = ending(&bytes).map_err(|found| {
            Problem::Permanent(match answer.content_type().as_str() {
                "" => found.to_owned(),
                kind => format!("{found} (the server calls it {kind})"),
            })
        })?;
        Ok(Photo { bytes, ending })
    })
}

/// What a file's first bytes tell; what the server says of it is often wrong.
fn ending(bytes: &[u8]) -> Result<&'static str, &'static str> {
    let text = bytes.trim_ascii_start();
    match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => Ok("jpg"),
        Ok(ImageFormat::Png) => Ok("png"),
        Ok(ImageFormat::WebP) => Ok("webp"),
        Ok(_) => Err("a picture of a kind that is not read here"),
        Err(_) if bytes.is_empty() => Err("an empty file"),
        Err(_) if text.starts_with(b"<") => Err("a web page instead of a photo"),
        Err(_) => Err("no photo"),
    }
}
