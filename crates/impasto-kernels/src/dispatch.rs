//! One loop, compiled for several processors, chosen when the program runs.
//!
//! The program is built for any x86-64, which alone would mean four values at a time. Fused multiplications are left
//! off on purpose: without them every processor computes the same bits.

use std::sync::OnceLock;

/// Compiles a function for AVX-512, for AVX2 and for whatever the program is built for, and calls the widest that the
/// processor has. Closures and functions in the body must be `#[inline(always)]`, or small enough to be inlined.
macro_rules! vectorised {
    ($(#[$about:meta])* $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$about])*
        $vis fn $name($($arg: $kind),*) $(-> $out)? {
            #[inline(always)]
            fn plain($($arg: $kind),*) $(-> $out)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                fn widest($($arg: $kind),*) $(-> $out)? {
                    plain($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn wide($($arg: $kind),*) $(-> $out)? {
                    plain($($arg),*)
                }
                match $crate::dispatch::level() {
                    // SAFETY: the processor has been asked for exactly these features.
                    $crate::dispatch::Level::Avx512 => return unsafe { widest($($arg),*) },
                    // SAFETY: as above.
                    $crate::dispatch::Level::Avx2 => return unsafe { wide($($arg),*) },
                    $crate::dispatch::Level::Plain => {}
                }
            }
            plain($($arg),*)
        }
    };
}
pub(crate) use vectorised;

/// How much of this processor is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Level {
    /// What the program was built for; on ARM that is NEON.
    Plain,
    /// AVX2 and fused multiplications.
    Avx2,
    /// AVX-512, the parts that every server and desktop with it has.
    Avx512,
}

/// What this processor has; `IMPASTO_KERNELS=plain` or `avx2` in the environment asks for less.
#[inline]
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let most = match std::env::var("IMPASTO_KERNELS").as_deref() {
            Ok("plain") => Level::Plain,
            Ok("avx2") => Level::Avx2,
            _ => Level::Avx512,
        };
        let has = detected();
        if has > most { most } else { has }
    })
}

#[cfg(target_arch = "x86_64")]
fn detected() -> Level {
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (avx512, is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
        (true, _) => Level::Avx512,
        (false, true) => Level::Avx2,
        (false, false) => Level::Plain,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> Level {
    Level::Plain
}
