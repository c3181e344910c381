//! Tests of run folders through the public API.

#[cfg(test)]
mod folder;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod manifest;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod support;
mod taken;
