//! Handshakes that fail, in words that say whose certificate is wrong.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

/// The same error with the reason in words, if it is one of TLS.
pub(super) fn explain(error: io::Error) -> io::Error {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>());
    match cause.map(reason) {
        Some(reason) => io::Error::new(error.kind(), reason),
        None => error,
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(fault) => certificate(fault),
        Error::NoCertificatesPresented => "the peer shows no certificate".to_owned(),
        Error::AlertReceived(alert) => told(*alert),
        Error::InvalidMessage(_) => "what the peer sends is no TLS".to_owned(),
        other => format!("TLS: {other}"),
    }
}

fn certificate(fault: &CertificateError) -> String {
    match fault {
        CertificateError::UnknownIssuer => {
            "the peer's certificate comes from no authority that this node trusts".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the peer's certificate is for another name: {fault}")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the peer's certificate has expired: {fault}")
        }
        other => format!("the peer's certificate is refused: {other}"),
    }
}

fn told(alert: AlertDescription) -> String {
    let words = match alert {
        AlertDescription::UnknownCA => {
            "the peer does not trust the authority of this node's certificate"
        }
        AlertDescription::CertificateRequired => "the peer asks for a certificate",
        AlertDescription::CertificateExpired => "this node's certificate has expired",
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::DecryptError
        | AlertDescription::AccessDenied => "the peer refuses this node's certificate",
        _ => "the peer ended the handshake",
    };
    format!("{words} (alert {alert:?})")
}
