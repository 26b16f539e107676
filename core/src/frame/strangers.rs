//! Traffic on the port that was never meant for us.

/// First bytes of what others speak, and the name under which it is counted. None of them is the
/// front of a packet or a stream of ours.
const STRANGERS: &[(&[u8], &str)] = &[
    (b"GET ", "stranger_http"),
    (b"HEAD ", "stranger_http"),
    (b"POST ", "stranger_http"),
    (b"PUT ", "stranger_http"),
    (b"OPTIONS ", "stranger_http"),
    (b"CONNECT ", "stranger_http"),
    (b"PRI * HTTP/2", "stranger_http"),
    (b"HTTP/", "stranger_http"),
    // A record of the handshake, of any version of the protocol.
    (&[22, 3], "stranger_tls"),
    (b"SSH-", "stranger_ssh"),
];

/// The counter's name if `bytes` are the front of another well-known protocol.
pub fn stranger(bytes: &[u8]) -> Option<&'static str> {
    STRANGERS.iter().find(|(front, _)| bytes.starts_with(front)).map(|&(_, name)| name)
}
