//! The four calls for which no safe function exists. All of them are made while the process has one thread.

use std::io;
use std::os::unix::process::CommandExt;
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

/// Closes every file from this number on. What a careless parent left open ends here.
pub fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: called before this process has opened anything itself, so no owned descriptor is closed behind its owner.
    match unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends the process without running what its parent half registered for its own end.
pub fn leave(code: i32) -> ! {
    // SAFETY: takes no pointer and does not return.
    unsafe { libc::_exit(code) }
}
