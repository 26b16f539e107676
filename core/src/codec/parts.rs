//! The messages of one packet, encoded, before the frame packs them.

/// The messages of one packet, each a run of bytes in one buffer that is used again and again.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Parts {
    /// No messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the messages, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Adds a message that is encoded already.
    pub fn push(&mut self, message: &[u8]) {
        self.push_with(|out| out.extend_from_slice(message));
    }

    /// Adds a message that `encode` appends to the buffer it is given.
    pub fn push_with(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        encode(&mut self.bytes);
        debug_assert!(self.bytes.len() >= start, "an encoder only appends");
        self.ends.push(self.bytes.len());
    }

    /// Takes the last message out again.
    pub fn pop(&mut self) {
        self.ends.pop();
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all messages together, without what a compound adds.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The messages in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + '_ {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let part = &self.bytes[start..end];
            start = end;
            part
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_in_order_and_the_memory_is_kept() {
        let mut parts = Parts::new();
        parts.push(b"one");
        parts.push(b"");
        parts.push_with(|out| out.extend_from_slice(b"three"));
        assert_eq!(parts.iter().collect::<Vec<_>>(), [&b"one"[..], b"", b"three"]);
        assert_eq!((parts.len(), parts.byte_len()), (3, 8));
        parts.pop();
        parts.pop();
        assert_eq!(parts.iter().collect::<Vec<_>>(), [b"one"]);
        parts.push(b"three");
        parts.clear();
        assert!(parts.is_empty());
        assert!(parts.bytes.capacity() >= 8);
    }
}
