//! Without the kernel's help nothing is run, and the message says what to enable.

use crate::support::{self, LAUNCHER, options, path, say, script};
use evalscope_core::Diagnose;
use evalscope_sandbox::{Error, Sandbox, Stage};
use std::path::Path;

#[test]
fn without_user_namespaces_it_refuses_and_says_what_to_enable() {
    if support::sandbox().is_none() || !Path::new("/usr/bin/unshare").exists() {
        say("skipped: user namespaces can be taken away where there are some, with /usr/bin/unshare");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // In a namespace of its own, the launcher may make no more of them.
    let take_away = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";
    let launcher = script(
        folder.path(),
        &format!("exec /usr/bin/unshare -Ur /bin/sh -c '{take_away}' {LAUNCHER} \"$@\""),
    );
    let error = Sandbox::open(options(&launcher, path())).err().unwrap();
    assert!(matches!(error, Error::Refused { stage: Stage::Namespaces, .. }), "{error}");
    assert!(error.to_string().starts_with("the sandbox refuses to run programs: user namespaces"), "{error}");
    assert!(error.hint().unwrap().contains("user.max_user_namespaces"));
}

#[test]
fn a_launcher_that_is_none_is_named() {
    let error = Sandbox::open(options(Path::new("/bin/true"), path())).err().unwrap();
    assert!(error.to_string().contains("/bin/true"), "{error}");
    let error = Sandbox::open(options(Path::new("/nowhere"), path())).err().unwrap();
    assert!(error.to_string().contains("/nowhere"), "{error}");
}
