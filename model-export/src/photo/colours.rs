//! Colours of other spaces than sRGB, made sRGB as browsers do.

use image::DynamicImage;
use moxcms::{
    CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout, ToneReprCurve,
    TransformOptions, XyY, curve_from_gamma,
};

/// What an ICC profile says. `None` if it cannot be read: such a photo is shown as if it had none.
pub(super) fn from_icc(profile: &[u8]) -> Option<ColorProfile> {
    ColorProfile::new_from_slice(profile).ok()
}

/// The colours that code points (ITU-T H.273) stand for.
pub(super) fn from_code_points(primaries: u8, transfer: u8) -> Option<ColorProfile> {
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: primaries.try_into().ok()?,
        transfer_characteristics: transfer.try_into().ok()?,
        matrix_coefficients: moxcms::MatrixCoefficients::Identity,
        full_range: true,
    });
    profile.red_trc.is_some().then_some(profile)
}

/// The gamma that a PNG is encoded with, and the chromaticities of its primaries and its white where they are not sRGB's.
pub(super) fn from_gamma(
    gamma: f32,
    is_grey: bool,
    primaries: Option<(XyY, ColorPrimaries)>,
) -> Option<ColorProfile> {
    /// Within this of 1 / 2.2, and alone, it stands for sRGB's own curve.
    const TOLERANCE: f32 = 0.0005;
    let is_usual = (gamma - 1.0 / 2.2).abs() < TOLERANCE && primaries.is_none();
    if is_usual || !(0.05..=5.0).contains(&gamma) {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    profile.cicp = None;
    let curve = Some(curve_from_gamma(1.0 / gamma));
    if is_grey {
        return Some(grey(curve));
    }
    profile.red_trc.clone_from(&curve);
    profile.green_trc.clone_from(&curve);
    profile.blue_trc = curve;
    if let Some((white, primaries)) = primaries {
        profile.update_rgb_colorimetry(white, primaries);
        let is_finite = profile
            .colorant_matrix()
            .v
            .iter()
            .flatten()
            .all(|value| value.is_finite());
        is_finite.then_some(())?;
    }
    Some(profile)
}

fn grey(curve: Option<ToneReprCurve>) -> ColorProfile {
    let mut profile = ColorProfile::new_gray_with_gamma(1.0);
    profile.gray_trc = curve;
    profile
}

/// Pixels of 8 bits in sRGB. They stay what they are where the profile is for another kind of picture.
pub(super) fn to_srgb(mut pixels: DynamicImage, profile: &ColorProfile) -> DynamicImage {
    let srgb = ColorProfile::new_srgb();
    let is_grey = !pixels.color().has_color();
    let target = match profile.color_space {
        DataColorSpace::Gray if is_grey => grey(srgb.red_trc),
        DataColorSpace::Rgb => {
            if is_grey {
                pixels = if pixels.color().has_alpha() {
                    pixels.into_rgba8().into()
                } else {
                    pixels.into_rgb8().into()
                };
            }
            srgb
        }
        _ => return pixels,
    };
    let row = pixels.width() as usize * usize::from(pixels.color().bytes_per_pixel());
    let (layout, values): (_, &mut [u8]) = match &mut pixels {
        DynamicImage::ImageRgb8(pixels) => (Layout::Rgb, pixels),
        DynamicImage::ImageRgba8(pixels) => (Layout::Rgba, pixels),
        DynamicImage::ImageLuma8(pixels) => (Layout::Gray, pixels),
        DynamicImage::ImageLumaA8(pixels) => (Layout::GrayAlpha, pixels),
        _ => return pixels,
    };
    let Ok(transform) =
        profile.create_transform_8bit(layout, &target, layout, TransformOptions::default())
    else {
        return pixels;
    };
    let mut converted = vec![0; row];
    for row in values.chunks_exact_mut(row.max(1)) {
        if transform.transform(row, &mut converted).is_ok() {
            row.copy_from_slice(&converted);
        }
    }
    pixels
}
