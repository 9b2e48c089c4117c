//! Seeded random numbers, the same as those of `src/random.ts`.

/// xoshiro128** 1.1 (Blackman and Vigna, 2018), its state filled by SplitMix32.
pub struct Random {
    state: [u32; 4],
}

impl Random {
    pub fn new(seed: u32) -> Random {
        let mut mix = seed;
        let state = std::array::from_fn(|_| {
            mix = mix.wrapping_add(0x9e37_79b9);
            let mut z = mix ^ (mix >> 16);
            z = z.wrapping_mul(0x21f0_aaad);
            z ^= z >> 15;
            z = z.wrapping_mul(0x735a_2d97);
            z ^ (z >> 15)
        });
        Random { state }
    }

    pub fn next_u32(&mut self) -> u32 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 9), d.rotate_left(11)];
        result
    }

    /// Uniform in [0, 1).
    pub fn next_f64(&mut self) -> f64 {
        f64::from(self.next_u32()) / 4_294_967_296.0
    }

    /// Uniform in [0, bound).
    pub fn below(&mut self, bound: u32) -> u32 {
        (self.next_f64() * f64::from(bound)) as u32
    }
}

/// A seed for one part of a run, unrelated to the seeds of its other parts.
pub fn derive_seed(seed: u32, path: &[u32]) -> u32 {
    path.iter().fold(seed, |derived, step| {
        let salt = step.wrapping_add(1).wrapping_mul(0x85eb_ca6b);
        Random::new(derived ^ salt).next_u32()
    })
}
