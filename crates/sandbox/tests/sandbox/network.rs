//! Attacks over the network.

use crate::attack::{Attack, all_are_held};
use evalscope_core::ExecutionVerdict::Passed;

const ATTACKS: &[Attack] = &[
    Attack {
        name: "TCP and UDP",
        held: &[Passed],
        program: r#"
for family in (socket.AF_INET, socket.AF_INET6):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        denied(socket.socket, family, kind)
denied(socket.create_connection, ("127.0.0.1", 22), 1)
denied(socket.create_connection, ("1.1.1.1", 53), 1)
"#,
    },
    Attack {
        name: "other families",
        held: &[Passed],
        program: "for family in range(2, 46): denied(socket.socket, family, socket.SOCK_DGRAM)\nfor family in range(2, 46): denied(socket.socket, family, socket.SOCK_RAW)",
    },
    Attack {
        name: "sockets of daemons",
        held: &[Passed],
        program: r#"
for path in ["/var/run/docker.sock", "/run/docker.sock", "/run/systemd/private", "/run/dbus/system_bus_socket", "/tmp/.X11-unix/X0"]:
    end = socket.socket(socket.AF_UNIX); denied(end.connect, path); end.close()
"#,
    },
    Attack {
        name: "abstract sockets",
        held: &[Passed],
        program: r#"
for name in ["/tmp/.X11-unix/X0", "/tmp/dbus-x", "containerd"]:
    end = socket.socket(socket.AF_UNIX); denied(end.connect, "\0" + name); end.close()
"#,
    },
    Attack {
        name: "interfaces",
        held: &[Passed],
        program: "names = [name for _, name in socket.if_nameindex()] if hasattr(socket, 'x') else []\nif os.path.exists('/proc/net/dev'):\n    lines = open('/proc/net/dev').read().splitlines()[2:]\n    if any(not line.strip().startswith(('lo:', 'sit0', 'tunl', 'gre', 'erspan', 'ip')) for line in lines): breach(lines)",
    },
];

#[test]
fn no_socket_opens() {
    all_are_held(ATTACKS);
}
