//! Events of streams as they came, of all requests of a load loop, one after the other and unread.

use crate::wire::socket::Arrival;

/// Events; what they say is read elsewhere.
#[derive(Debug, Default)]
pub struct Events {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

#[derive(Debug)]
struct Mark {
    request: u64,
    arrival: Arrival,
    length: usize,
}

impl Events {
    /// None yet, with room for as many as these.
    pub fn with_room_of(others: &Events) -> Events {
        Events {
            bytes: Vec::with_capacity(others.bytes.len()),
            marks: Vec::with_capacity(others.marks.len()),
        }
    }

    /// Adds the data of an event of a request, which came then.
    pub fn add(&mut self, request: u64, arrival: Arrival, data: &[u8]) {
        self.bytes.extend_from_slice(data);
        self.marks.push(Mark { request, arrival, length: data.len() });
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Bytes that all of them take.
    pub fn size(&self) -> usize {
        self.bytes.len() + self.marks.len() * size_of::<Mark>()
    }

    /// Each event's request, arrival and data, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Arrival, &[u8])> {
        let mut rest = self.bytes.as_slice();
        self.marks.iter().map(move |mark| {
            let (data, after) = rest.split_at(mark.length);
            rest = after;
            (mark.request, mark.arrival, data)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;

    #[test]
    fn events_come_out_as_they_went_in() {
        let mut events = Events::default();
        let at = |at| Arrival { at: Stamp(at), ..Arrival::default() };
        for (request, time, data) in [(3, 1, "{}"), (9, 1, ""), (3, 2, "{\"a\":1}")] {
            events.add(request, at(time), data.as_bytes());
        }
        let seen: Vec<_> =
            events.iter().map(|(request, arrival, data)| (request, arrival.at.0, data)).collect();
        assert_eq!(seen, [(3, 1, &b"{}"[..]), (9, 1, b""), (3, 2, b"{\"a\":1}")]);
        assert_eq!((events.size(), events.is_empty()), (9 + 3 * size_of::<Mark>(), false));
    }
}
