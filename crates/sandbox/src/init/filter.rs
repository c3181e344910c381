//! The system call filter: what a program that computes never needs and an attack begins with.

#[cfg(target_arch = "x86_64")]
use seccompiler::sock_filter;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Is, SeccompCondition as Condition,
    SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;

/// Refused whatever the arguments.
const FORBIDDEN: &[i64] = &[
    // namespaces and mounts
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    // other processes
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_process_madvise,
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    // parts of the kernel with a history
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_fanotify_init,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    // memory that belongs to no process, and so to no limit
    libc::SYS_memfd_secret,
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    // the host
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_quotactl,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_vhangup,
];

/// Network, other programs and other processes: beside [`FORBIDDEN`] for a process that computes without graphics cards.
const OF_PROGRAMS: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_execve,
    libc::SYS_execveat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
];

/// Answered as if the kernel did not know them: programs then take the older call, which can be looked into.
const UNKNOWN: &[i64] = &[libc::SYS_clone3, libc::SYS_memfd_create];

/// Calls on a process that are harmless on oneself: refused when the argument with this number is not 0.
const ON_OTHERS: &[(i64, u8)] = &[
    (libc::SYS_prlimit64, 0),
    (libc::SYS_sched_setaffinity, 0),
    (libc::SYS_sched_setscheduler, 0),
    (libc::SYS_sched_setparam, 0),
    (libc::SYS_sched_setattr, 0),
];

/// Answered as if it had been done when it would change what happens at the signal with this number: children of a process
/// that ignores it end unwaited for, and their CPU time is in nobody's account. Runtimes that set it at their start go on.
const WITHOUT_EFFECT: (i64, u64) = (libc::SYS_rt_sigaction, libc::SIGCHLD as u64);

/// Signals to whoever a program names, sent when a pipe has news, which may be after the program's end.
const FILE_OWNERS: [libc::c_int; 3] = [libc::F_SETOWN, F_SETSIG, F_SETOWN_EX];
/// Not in `libc`, as the next ones.
const F_SETSIG: libc::c_int = 10;
const F_SETOWN_EX: libc::c_int = 15;
/// The same by `ioctl`, and typing into somebody's terminal.
const IOCTLS: [u64; 3] = [libc::TIOCSTI, FIOSETOWN, SIOCSPGRP];
const FIOSETOWN: u64 = 0x8901;
const SIOCSPGRP: u64 = 0x8902;

/// Room in sockets, which counts for no process.
const SOCKET_BUFFERS: [libc::c_int; 4] =
    [libc::SO_SNDBUF, libc::SO_RCVBUF, libc::SO_SNDBUFFORCE, libc::SO_RCVBUFFORCE];

/// New namespaces by `clone`.
const CLONE_FLAGS: [libc::c_int; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// The filters, compiled.
pub struct Filters {
    unknown: BpfProgram,
    without_effect: BpfProgram,
    forbidden: BpfProgram,
    other_numbers: BpfProgram,
}

impl Filters {
    /// Compiles them for this processor.
    pub fn compile() -> Result<Filters, String> {
        let unknown = UNKNOWN.iter().map(|call| (*call, Vec::new())).collect();
        Ok(Filters {
            unknown: program(unknown, libc::ENOSYS)?,
            without_effect: program(without_effect().map_err(|error| error.to_string())?, 0)?,
            forbidden: program(forbidden().map_err(|error| error.to_string())?, libc::EPERM)?,
            other_numbers: other_numbers(),
        })
    }

    /// Puts them on this thread, for good.
    pub fn apply(&self) -> Result<(), seccompiler::Error> {
        seccompiler::apply_filter(&self.unknown)?;
        seccompiler::apply_filter(&self.without_effect)?;
        if !self.other_numbers.is_empty() {
            seccompiler::apply_filter(&self.other_numbers)?;
        }
        seccompiler::apply_filter(&self.forbidden)
    }
}

/// Puts filters on this thread, for good, that leave it no network, no other programs and no processes, but threads: for a
/// process of ours that computes. Graphics cards are reached through sockets of this machine and memory that processes
/// share, and their drivers may start helpers.
pub fn compute_only(uses_cards: bool) -> Result<(), String> {
    let text = |error: seccompiler::BackendError| error.to_string();
    let mut rules = forbidden().map_err(text)?;
    // Its arguments cannot be looked into; the older call does the same.
    let mut unknown: Rules = [(libc::SYS_clone3, Vec::new())].into();
    if uses_cards {
        rules.remove(&libc::SYS_mmap);
        rules.remove(&libc::SYS_setsockopt);
    } else {
        unknown.extend(UNKNOWN.iter().map(|call| (*call, Vec::new())));
        rules.extend(OF_PROGRAMS.iter().map(|call| (*call, Vec::new())));
        let thread = libc::CLONE_THREAD as u64;
        let process = Condition::new(0, Width::Dword, Is::MaskedEq(thread), 0).map_err(text)?;
        rules.entry(libc::SYS_clone).or_default().push(SeccompRule::new(vec![process]).map_err(text)?);
    }
    let others = other_numbers();
    let programs = [program(unknown, libc::ENOSYS)?, others, program(rules, libc::EPERM)?];
    let mut given = programs.iter().filter(|program| !program.is_empty());
    given.try_for_each(|program| seccompiler::apply_filter(program).map_err(|error| error.to_string()))
}

/// Refuses the second set of numbers that x86-64 kernels can have for the same calls (x32): this bit is set in them.
#[cfg(target_arch = "x86_64")]
fn other_numbers() -> BpfProgram {
    const BIT: u32 = 0x4000_0000;
    let step = |code: u32, jf: u8, k: u32| sock_filter { code: code as u16, jt: 0, jf, k };
    let answer = |k: u32| step(libc::BPF_RET | libc::BPF_K, 0, k);
    vec![
        // The number of the call is what stands first.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 1, BIT),
        answer(libc::SECCOMP_RET_ERRNO | libc::EPERM as u32),
        answer(libc::SECCOMP_RET_ALLOW),
    ]
}

/// Other processors have one set.
#[cfg(not(target_arch = "x86_64"))]
fn other_numbers() -> BpfProgram {
    BpfProgram::new()
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn without_effect() -> Result<Rules, seccompiler::BackendError> {
    let (call, signal) = WITHOUT_EFFECT;
    let conditions = vec![
        Condition::new(0, Width::Dword, Is::Eq, signal)?,
        // Without a new disposition it only asks for the present one.
        Condition::new(1, Width::Qword, Is::Ne, 0)?,
    ];
    Ok([(call, vec![SeccompRule::new(conditions)?])].into())
}

fn forbidden() -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules = FORBIDDEN.iter().map(|call| (*call, Vec::new())).collect();
    let when = |argument: u8, operator: Is, value: u64| {
        SeccompRule::new(vec![Condition::new(argument, Width::Dword, operator, value)?])
    };
    for (call, argument) in ON_OTHERS {
        rules.insert(*call, vec![when(*argument, Is::Ne, 0)?]);
    }
    rules.insert(libc::SYS_socket, vec![when(0, Is::Ne, libc::AF_UNIX as u64)?]);
    let ioctls = IOCTLS.iter().map(|request| when(1, Is::Eq, *request));
    rules.insert(libc::SYS_ioctl, ioctls.collect::<Result<_, _>>()?);
    // Memory that stays when it is no longer mapped, and then no process has it.
    let shared = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u64;
    rules.insert(libc::SYS_mmap, vec![when(3, Is::MaskedEq(shared), shared)?]);
    let buffers = SOCKET_BUFFERS.iter().map(|option| when(2, Is::Eq, *option as u64));
    rules.insert(libc::SYS_setsockopt, buffers.collect::<Result<_, _>>()?);
    let owners = FILE_OWNERS.iter().map(|command| when(1, Is::Eq, *command as u64));
    rules.insert(libc::SYS_fcntl, owners.collect::<Result<_, _>>()?);
    let clone = CLONE_FLAGS.iter().map(|flag| {
        let flag = *flag as u64;
        when(0, Is::MaskedEq(flag), flag)
    });
    rules.insert(libc::SYS_clone, clone.collect::<Result<_, _>>()?);
    Ok(rules)
}

fn program(rules: Rules, errno: libc::c_int) -> Result<BpfProgram, String> {
    let architecture = std::env::consts::ARCH.try_into().map_err(|_| {
        format!("no system call filter for processors of the kind {}", std::env::consts::ARCH)
    })?;
    let answer = SeccompAction::Errno(errno as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, architecture);
    filter.and_then(BpfProgram::try_from).map_err(|error| error.to_string())
}
