//! What the sizes of every architecture are held to.

/// Whether sizes lie between 1 and the largest that is reasonable.
pub(super) fn check_sizes(sizes: &[(&str, usize, usize)]) -> Result<(), String> {
    for &(name, size, largest) in sizes {
        if !(1..=largest).contains(&size) {
            return Err(format!("decoder.{name} is {size}, not in 1 to {largest}"));
        }
    }
    Ok(())
}

/// Whether rates of dropout lie between 0 and 1.
pub(super) fn check_rates(rates: &[(&str, f64)]) -> Result<(), String> {
    for &(name, rate) in rates {
        if !(0.0..1.0).contains(&rate) {
            return Err(format!("decoder.{name} is {rate}, not in 0 to 1"));
        }
    }
    Ok(())
}
