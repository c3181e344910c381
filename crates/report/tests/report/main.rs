//! Tests of reports on made-up runs.

#[cfg(test)]
mod compare;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod mixes;
#[cfg(test)]
mod odd;
#[cfg(test)]
mod page;
#[cfg(test)]
mod shown;
#[cfg(test)]
mod spending;
#[cfg(test)]
mod support;
