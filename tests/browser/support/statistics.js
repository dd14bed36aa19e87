// What benchmarks print.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A line with the median of some figures, and the least and the greatest. */
export function row(name, values) {
  const whole = (value) => value.toFixed(0);
  return `${name}: ${whole(median(values))} (${whole(Math.min(...values))} to ${whole(Math.max(...values))})`;
}
