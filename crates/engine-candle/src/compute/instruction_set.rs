//! Chooses between builds of one piece of code for several instruction sets.

use super::tile::MAX_ROWS;

/// What the processor can do. It decides speed, and no bit of any result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstructionSet {
    /// What every processor of the target has.
    Baseline,
    /// 256-bit vectors with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl InstructionSet {
    /// The best that this processor has.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return InstructionSet::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return InstructionSet::Avx2;
            }
        }
        InstructionSet::Baseline
    }

    /// Rows of a tile whose sums fit into registers.
    pub(crate) fn tile_rows(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => MAX_ROWS,
            _ => 2,
        }
    }

    /// All that this processor has.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let mut sets = vec![InstructionSet::Baseline];
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                sets.push(InstructionSet::Avx2);
            }
            if is_x86_feature_detected!("avx512f") {
                sets.push(InstructionSet::Avx512);
            }
            sets
        }
        #[cfg(not(target_arch = "x86_64"))]
        vec![InstructionSet::Baseline]
    }
}

/// Defines a function that runs an `#[inline(always)]` body compiled for the given [`InstructionSet`].
macro_rules! for_each_instruction_set {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) = $body:ident) => {
        $(#[$meta])*
        $vis fn $name(set: $crate::compute::InstructionSet, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $type),*) {
                $body($($arg),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx2,fma")]
            fn avx512($($arg: $type),*) {
                $body($($arg),*);
            }
            use $crate::compute::InstructionSet as Set;
            match set {
                Set::Baseline => $body($($arg),*),
                // SAFETY: this value is only made after the processor was asked for these features.
                #[cfg(target_arch = "x86_64")]
                Set::Avx2 => unsafe { avx2($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Set::Avx512 => unsafe { avx512($($arg),*) },
            }
        }
    };
}

pub(crate) use for_each_instruction_set;
