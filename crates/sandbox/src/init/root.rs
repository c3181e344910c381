//! The root that a program sees: a tmpfs with the visible parts of the host, read-only, and a small place to write.

use super::{Refusal, WORK};
use crate::error::Stage;
use crate::system::{self, Devices};
use crate::wire::View;
use evalscope_core::Limits;
use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::process::{Gid, Signal, Uid};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Folders of every system, in which programs and libraries lie.
const SYSTEM: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32"];
/// Files outside them that programs need.
const SETTINGS: [&str; 2] = ["/etc/ld.so.cache", "/etc/alternatives"];
/// Devices that do nothing to the host.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];
/// Links that programs expect in `/dev`.
const DEVICE_LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];
/// Places to write: all lie on one tmpfs, so that one limit holds for them.
const WRITABLE: [&str; 3] = [WORK, "/tmp", "/dev/shm"];
/// Folders over which the new root can be built. They are only hidden from this process.
const BASES: [&str; 5] = ["/tmp", "/mnt", "/var/tmp", "/run", "/home"];

/// A part of the host on its way into the root.
struct Part {
    target: PathBuf,
    handle: OwnedFd,
    is_folder: bool,
}

/// Builds the root and moves into it. Says whether it has a `/proc`.
pub fn build(view: &View, limits: &Limits) -> Result<bool, Refusal> {
    let fails = |doing: &'static str| Refusal::at::<io::Error>(Stage::Root, doing);
    // Opened while this process still is who it was: the way to a part may lead through folders that are closed to others.
    let parts = open_parts(view).map_err(fails("open what is visible"))?;
    become_root().map_err(Refusal::at(Stage::Users, "become the namespace's root"))?;
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(|error| fails("part from the host's mounts")(error.into()))?;
    let base = BASES.iter().map(Path::new).find(|path| path.is_dir()).unwrap_or(Path::new("/tmp"));
    tmpfs(base, "size=1m,nr_inodes=4k,mode=755").map_err(fails("mount a tmpfs"))?;
    // Before what is visible: some of that can lie below them.
    writable(base, limits).map_err(fails("make a place to write"))?;
    parts.iter().try_for_each(|part| bind(base, part)).map_err(fails("show a part of the host"))?;
    links(base).map_err(fails("link system folders"))?;
    devices(base).map_err(fails("show devices"))?;
    users(base).map_err(fails("write /etc"))?;
    // While the host's /proc is still in sight: the kernel allows a new one only beside one that is whole.
    let has_proc = proc(base);
    enter(base).map_err(fails("enter the new root"))?;
    Ok(has_proc)
}

/// Takes the only user of the namespace, and ends with the launcher.
fn become_root() -> io::Result<()> {
    // An ordinary user may not drop its groups; the new root shows nothing that they would open.
    let _ = rustix::thread::set_thread_groups(&[]);
    rustix::thread::set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT)?;
    rustix::thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
}

fn open_parts(view: &View) -> io::Result<Vec<Part>> {
    let system = SYSTEM.iter().chain(&SETTINGS).map(PathBuf::from);
    let system = system.filter(|path| path.symlink_metadata().is_ok_and(|found| !found.is_symlink()));
    let devices = DEVICES.iter().map(|name| Path::new("/dev").join(name));
    // Java keeps its settings there.
    let is_java =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("java-"));
    let java = fs::read_dir("/etc").into_iter().flatten().flatten().map(|entry| entry.path()).filter(is_java);
    let within_system = |path: &&PathBuf| !SYSTEM.iter().any(|folder| path.starts_with(folder));
    let wanted = view.visible.iter().filter(within_system).cloned();
    let open = |target: PathBuf| {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let handle = rustix::fs::open(&target, flags, Mode::empty())
            .map_err(|error| io::Error::other(format!("{}: {error}", target.display())))?;
        let is_folder = target.is_dir();
        Ok(Part { target, handle, is_folder })
    };
    system.chain(java).chain(devices).chain(wanted).map(open).collect()
}

/// Where something lies while the root is being built.
fn under(base: &Path, path: &Path) -> PathBuf {
    base.join(path.strip_prefix("/").unwrap_or(path))
}

fn tmpfs(at: &Path, options: &str) -> io::Result<()> {
    let options = CString::new(options)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    Ok(rustix::mount::mount("tmpfs", at, "tmpfs", flags, options.as_c_str())?)
}

fn bind(base: &Path, part: &Part) -> io::Result<()> {
    let target = under(base, &part.target);
    if part.is_folder {
        fs::create_dir_all(&target)?;
    } else {
        target.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&target, "")?;
    }
    let source = format!("/proc/self/fd/{}", part.handle.as_raw_fd());
    let mount = || {
        // With all that is mounted below: the kernel does not let a namespace look under its parent's mounts.
        rustix::mount::mount_bind_recursive(&source, &target)?;
        let is_device = part.target.starts_with("/dev") && !part.is_folder;
        // All of them, or nothing runs: a mount below that could be written would lead out.
        system::make_read_only(&target, if is_device { Devices::Alive } else { Devices::Dead })
    };
    mount().map_err(|error| io::Error::other(format!("{}: {error}", part.target.display())))
}

/// System folders that are links on the host, such as `/bin`, are links here.
fn links(base: &Path) -> io::Result<()> {
    for folder in SYSTEM {
        if let Ok(to) = fs::read_link(folder) {
            symlink(to, under(base, Path::new(folder)))?;
        }
    }
    Ok(())
}

fn writable(base: &Path, limits: &Limits) -> io::Result<()> {
    let disk = base.join(".disk");
    fs::create_dir(&disk)?;
    tmpfs(&disk, &format!("size={}m,nr_inodes=16k,mode=700", limits.disk_mb.max(1)))?;
    for place in WRITABLE {
        let place = Path::new(place);
        let source = disk.join(place.file_name().unwrap_or_default());
        let target = under(base, place);
        fs::create_dir(&source)?;
        fs::create_dir_all(&target)?;
        rustix::mount::mount_bind(&source, &target)?;
    }
    rustix::mount::unmount(&disk, UnmountFlags::DETACH)?;
    fs::remove_dir(&disk)
}

fn devices(base: &Path) -> io::Result<()> {
    DEVICE_LINKS.iter().try_for_each(|(name, to)| symlink(to, base.join("dev").join(name)))
}

fn users(base: &Path) -> io::Result<()> {
    let etc = base.join("etc");
    fs::create_dir_all(&etc)?;
    fs::write(etc.join("passwd"), "root:x:0:0:root:/box:/bin/sh\n")?;
    fs::write(etc.join("group"), "root:x:0:\n")?;
    fs::write(etc.join("nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files\n")
}

/// A `/proc` that shows this namespace only. Containers can forbid it; then there is none.
fn proc(base: &Path) -> bool {
    let target = base.join("proc");
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    // First one that hides processes whose memory is closed: the warm interpreter.
    let mount = |options| rustix::mount::mount("proc", &target, "proc", flags, options).is_ok();
    fs::create_dir(&target).is_ok() && (mount(c"hidepid=2") || mount(c""))
}

fn enter(base: &Path) -> io::Result<()> {
    rustix::process::chdir(base)?;
    rustix::process::pivot_root(".", ".")?;
    rustix::mount::unmount(".", UnmountFlags::DETACH)?;
    rustix::process::chdir("/")?;
    let flags = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount_remount("/", flags, c"")?;
    Ok(())
}
