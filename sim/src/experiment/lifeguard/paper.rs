//! The paper's figures (arXiv 1707.00788, version 2), in the order of its configurations: SWIM,
//! LHA-Probe, LHA-Suspicion, Buddy System, Lifeguard.

/// Table IV: false deaths, and those at members that did not block.
pub(super) const FALSE_DEATHS: [[f64; 2]; 5] = [
    [339_002.0, 1_326.0],
    [229_574.0, 436.0],
    [10_174.0, 89.0],
    [318_935.0, 591.0],
    [5_193.0, 25.0],
];

/// Table V: median, 99 % and 99.9 % until the first has noticed, then until all have; seconds.
pub(super) const LATENCY: [[f64; 6]; 5] = [
    [12.44, 16.96, 19.40, 12.90, 16.93, 20.17],
    [12.42, 17.75, 20.10, 12.90, 17.98, 20.56],
    [12.42, 17.47, 25.41, 12.89, 17.33, 23.80],
    [12.45, 17.12, 19.16, 12.92, 17.18, 19.81],
    [12.45, 17.90, 21.20, 12.91, 18.05, 21.68],
];

/// Table VI: millions of messages, and GiB.
pub(super) const LOAD: [[f64; 2]; 5] =
    [[435.33, 149.15], [428.62, 134.28], [484.55, 158.87], [435.62, 147.67], [481.42, 146.13]];

/// Table VII: Lifeguard in percent of SWIM. Rows: median, 99 % and 99.9 %, each until the first and
/// until all have noticed, then false deaths, all and at members that did not block. Columns: the
/// factors of the suspicion time, as in `setup::SWEEP`.
pub(super) const SWEEP: [(&str, [f64; 9]); 8] = [
    ("Med First", [53.14, 54.10, 54.34, 82.96, 83.04, 83.12, 99.76, 99.52, 100.08]),
    ("Med Full", [55.12, 56.28, 56.74, 84.42, 84.03, 84.42, 99.92, 99.61, 100.08]),
    ("99 % First", [69.81, 72.88, 75.53, 94.28, 96.17, 96.82, 104.95, 102.71, 105.54]),
    ("99 % Full", [73.07, 76.96, 79.15, 97.05, 96.69, 96.52, 105.73, 105.08, 106.62]),
    ("99.9 % First", [76.08, 75.41, 80.36, 99.07, 93.71, 94.69, 112.32, 111.44, 109.28]),
    ("99.9 % Full", [76.20, 75.11, 78.58, 92.17, 95.14, 92.71, 107.64, 107.93, 107.49]),
    ("FP", [98.37, 43.64, 24.16, 37.72, 8.04, 3.18, 26.61, 5.43, 1.53]),
    ("FP-", [31.15, 22.47, 13.65, 20.29, 9.50, 4.83, 15.38, 5.05, 1.89]),
];

/// Figure 2, read from its coordinates: false deaths by the number of members that block.
pub(super) const FALSE_DEATHS_BY_C: [[f64; 9]; 5] = [
    [906.0, 5_973.0, 11_286.0, 23_147.0, 34_502.0, 45_486.0, 58_966.0, 77_070.0, 81_671.0],
    [512.0, 3_208.0, 7_226.0, 15_199.0, 21_922.0, 36_477.0, 41_833.0, 50_275.0, 52_926.0],
    [49.0, 311.0, 142.0, 581.0, 1_341.0, 1_119.0, 1_762.0, 2_892.0, 1_977.0],
    [950.0, 6_388.0, 8_476.0, 20_187.0, 34_738.0, 46_447.0, 58_442.0, 71_741.0, 71_571.0],
    [18.0, 143.0, 110.0, 224.0, 573.0, 751.0, 842.0, 1_335.0, 1_197.0],
];

/// Figure 3, read from its coordinates: those at members that did not block.
pub(super) const AT_HEALTHY_BY_C: [[f64; 9]; 5] = [
    [24.0, 9.0, 43.0, 40.0, 90.0, 204.0, 183.0, 276.0, 458.0],
    [2.0, 1.0, 3.0, 7.0, 57.0, 43.0, 57.0, 157.0, 109.0],
    [0.0, 1.0, 2.0, 4.0, 9.0, 10.0, 11.0, 18.0, 34.0],
    [1.0, 5.0, 12.0, 24.0, 45.0, 63.0, 96.0, 159.0, 186.0],
    [0.0, 1.0, 4.0, 2.0, 0.0, 6.0, 4.0, 3.0, 5.0],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures' coordinates and Table IV tell the same.
    #[test]
    fn the_curves_add_up_to_the_table() {
        for (curve, table) in FALSE_DEATHS_BY_C.iter().zip(FALSE_DEATHS) {
            let sum: f64 = curve.iter().sum();
            assert!((sum - table[0]).abs() <= 6.0, "{sum} {table:?}");
        }
        for (curve, table) in AT_HEALTHY_BY_C.iter().zip(FALSE_DEATHS) {
            let sum: f64 = curve.iter().sum();
            assert!((sum - table[1]).abs() <= 1.0, "{sum} {table:?}");
        }
    }
}
