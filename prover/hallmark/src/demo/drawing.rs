//! Images of digits as text.

/// From white to black.
const SHADES: &[u8] = b" .:-=+*#%@";
const WIDTH: usize = 8;
/// The value of a black pixel.
const BLACK: f32 = 16.0;

/// The image in characters, two to a pixel so that it is about as wide as it is high.
pub(super) fn draw(pixels: &[f32]) -> String {
    let shade = |pixel: &f32| {
        let level = (pixel / BLACK * (SHADES.len() - 1) as f32).round();
        // A cast from a float saturates.
        char::from(SHADES[(level as usize).min(SHADES.len() - 1)])
    };
    let row = |row: &[f32]| format!("      {}\n", row.iter().flat_map(|pixel| [shade(pixel); 2]).collect::<String>());
    pixels.chunks(WIDTH).map(row).collect()
}
