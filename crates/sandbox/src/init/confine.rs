//! What a process gives up just before it becomes the program.

use super::Refusal;
use super::filter::Filters;
use super::rules;
use crate::error::Stage;
use crate::wire::{Job, Protection};
use evalscope_core::{Isolation, Limits};
use landlock::{RulesetCreated, RulesetStatus};
use rustix::process::{Resource, Rlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};
use std::io;

/// Processes of the sandbox itself: init, the warm interpreter.
const OWN_PROCESSES: u64 = 2;
/// Address space over the memory limit: room for libraries and reservations.
const ADDRESS_SPACE_OVER: u64 = 4 << 30;
/// Kernels know fewer capabilities than bits.
const CAPABILITY_BITS: u32 = 64;

/// Everything that can be made ready before a process divides.
pub struct Confinement {
    rules: Option<RulesetCreated>,
    filters: Filters,
}

impl Confinement {
    /// Makes rules and filters.
    pub fn prepare(job: &Job) -> Result<Confinement, Refusal> {
        let rules = match job.view.isolation {
            Isolation::Full => {
                Some(rules::make(&job.view).map_err(Refusal::at(Stage::Landlock, "make rules"))?)
            }
            Isolation::Namespaces => None,
        };
        let filters = Filters::compile().map_err(|message| Refusal { stage: Stage::Filter, message })?;
        Ok(Confinement { rules, filters })
    }

    /// What the kernel makes of it. Found out on a thread of its own, which ends at once: rules hold for one thread.
    pub fn protection(&self, has_proc: bool) -> Result<Protection, Refusal> {
        let Some(rules) = &self.rules else {
            return Ok(Protection { landlock: "not asked for".into(), has_proc });
        };
        let refused = |message: String| Refusal { stage: Stage::Landlock, message };
        let rules = rules.try_clone().map_err(|error| refused(error.to_string()))?;
        let tried = std::thread::spawn(move || rules.restrict_self()).join();
        let status = tried.map_err(|_| refused("the trial ended early".into()))?;
        let status = status.map_err(|error| refused(error.to_string()))?;
        let landlock = match status.ruleset {
            RulesetStatus::FullyEnforced => "fully enforced",
            RulesetStatus::PartiallyEnforced => "partially enforced",
            RulesetStatus::NotEnforced => return Err(refused("the kernel does not enforce it".into())),
        };
        Ok(Protection { landlock: landlock.into(), has_proc })
    }

    /// Gives everything up. The order matters: each step takes away what the next ones do not need.
    pub fn apply(self, limits: &Limits, limits_address_space: bool) -> io::Result<()> {
        set_limits(limits, limits_address_space)?;
        rustix::process::setsid()?;
        drop_capabilities()?;
        rustix::thread::set_no_new_privs(true)?;
        if let Some(rules) = self.rules {
            let status = rules.restrict_self().map_err(io::Error::other)?;
            if status.ruleset == RulesetStatus::NotEnforced {
                return Err(io::Error::other("Landlock is not enforced"));
            }
        }
        self.filters.apply().map_err(io::Error::other)
    }
}

fn set_limits(limits: &Limits, limits_address_space: bool) -> io::Result<()> {
    const MB: u64 = 1 << 20;
    let set = |resource: Resource, value: u64| {
        // The host's own limits may be lower, and stay.
        let value = rustix::process::getrlimit(resource).maximum.map_or(value, |most| most.min(value));
        let limit = Rlimit { current: Some(value), maximum: Some(value) };
        rustix::process::setrlimit(resource, limit)
    };
    set(Resource::Core, 0)?;
    set(Resource::Fsize, limits.disk_mb * MB)?;
    set(Resource::Nofile, limits.open_files)?;
    set(Resource::Nproc, limits.processes + OWN_PROCESSES)?;
    set(Resource::Memlock, 0)?;
    set(Resource::Msgqueue, 0)?;
    if limits_address_space {
        set(Resource::As, limits.memory_mb * MB + ADDRESS_SPACE_OVER)?;
    }
    Ok(())
}

fn drop_capabilities() -> io::Result<()> {
    for bit in 0..CAPABILITY_BITS {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            Ok(()) => {}
            Err(rustix::io::Errno::INVAL) => break,
            Err(error) => return Err(error.into()),
        }
    }
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    Ok(rustix::thread::set_capabilities(None, sets)?)
}
