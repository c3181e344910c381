//! The six calls for which no safe function exists. All of them are made while the process has one thread.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};

/// All namespaces of a sandbox.
const NAMESPACES: libc::c_int = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// Who goes on after a division.
pub enum Half {
    /// The process that asked, with the number of the new one.
    Parent(u32),
    /// The new process, the first in namespaces of its own.
    Child,
}

/// Divides the process as `fork` does, the new half in namespaces of its own.
pub fn divide() -> io::Result<Half> {
    let flags = libc::c_long::from(NAMESPACES | libc::SIGCHLD);
    // SAFETY: without CLONE_VM the child has memory of its own, as after fork; no pointer is passed. The launcher has one
    // thread, so no lock is held by a thread that the child does not have.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    match pid {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Half::Child),
        pid => Ok(Half::Parent(pid as u32)),
    }
}

/// Starts `command`; its process calls `confine` before it becomes the program.
pub fn spawn_confined(
    command: &mut Command,
    confine: impl FnMut() -> io::Result<()> + Send + Sync + 'static,
) -> io::Result<Child> {
    // SAFETY: the process has one thread, so its copy may do whatever a process may, memory allocation included.
    unsafe { command.pre_exec(confine) };
    command.spawn()
}

/// What `mount_setattr` takes; not in `libc`.
#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    namespace: u64,
}

/// Whether device files of a mount can be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Devices {
    /// They cannot.
    Dead,
    /// They can.
    Alive,
}

/// Makes a mount and every mount below it read-only, and programs on it unable to become others.
pub fn make_read_only(path: &Path, devices: Devices) -> io::Result<()> {
    const READ_ONLY: u64 = 1;
    const NO_SETUID: u64 = 2;
    const NO_DEVICES: u64 = 4;
    let path = CString::new(path.as_os_str().as_bytes())?;
    let set = READ_ONLY | NO_SETUID | if devices == Devices::Dead { NO_DEVICES } else { 0 };
    let attributes = MountAttributes { set, clear: 0, propagation: 0, namespace: 0 };
    // SAFETY: both pointers are to values that outlive the call, and the size is that of the second.
    let changed = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::AT_RECURSIVE,
            &raw const attributes,
            size_of::<MountAttributes>(),
        )
    };
    match changed {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Closes every file from this number on. What a careless parent left open ends here.
pub fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: called before this process has opened anything itself, so no owned descriptor is closed behind its owner.
    match unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Makes this process wait for its children, whatever its parent made of the signal that tells of their end: children of
/// one that ignores it end unwaited for, and their CPU time with them.
pub fn heed_children() -> io::Result<()> {
    // SAFETY: the default disposition is no function of ours, so nothing runs in a signal handler.
    match unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) } {
        libc::SIG_ERR => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Ends the process without running what its parent half registered for its own end.
pub fn leave(code: i32) -> ! {
    // SAFETY: takes no pointer and does not return.
    unsafe { libc::_exit(code) }
}
