//! What https is served with.

use std::{path::Path, sync::Arc};

use rustls::{
    ServerConfig, SupportedCipherSuite,
    crypto::{CryptoProvider, aws_lc_rs, aws_lc_rs::cipher_suite as suites},
    version::{TLS12, TLS13},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use zeroize::Zeroizing;

use super::{ConfigError, Fault, TlsFiles};

/// What is offered: TLS 1.3, and of TLS 1.2 only ECDHE with AES-GCM.
const CIPHER_SUITES: [SupportedCipherSuite; 7] = [
    suites::TLS13_AES_256_GCM_SHA384,
    suites::TLS13_AES_128_GCM_SHA256,
    suites::TLS13_CHACHA20_POLY1305_SHA256,
    suites::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    suites::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    suites::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    suites::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// Reads certificate and key and makes the server side of TLS of them.
///
/// # Errors
///
/// When a file cannot be read, is not PEM, or the two do not belong together.
pub fn tls_server_config(files: &TlsFiles) -> Result<ServerConfig, ConfigError> {
    let cert_file = read("server.tls.cert_file", &files.cert_file)?;
    let certificates = CertificateDer::pem_slice_iter(&cert_file).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.ok().filter(|found| !found.is_empty()).ok_or_else(|| {
        fault("server.tls.cert_file", &files.cert_file, "must hold a certificate chain as PEM")
    })?;
    let key_file = read("server.tls.key_file", &files.key_file)?;
    let key = PrivateKeyDer::from_pem_slice(&key_file).map_err(|_reason| {
        fault("server.tls.key_file", &files.key_file, "must hold a private key as PEM")
    })?;

    let provider =
        CryptoProvider { cipher_suites: CIPHER_SUITES.to_vec(), ..aws_lc_rs::default_provider() };
    ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| {
            let reason = format!("cannot be used with server.tls.key_file ({error})");
            fault("server.tls.cert_file", &files.cert_file, &reason)
        })
}

/// Reads the certificate authorities of `outbound.ca_file`.
///
/// # Errors
///
/// When the file cannot be read.
pub fn read_authorities(path: &Path) -> Result<Vec<u8>, ConfigError> {
    read("outbound.ca_file", path).map(|pem| pem.to_vec())
}

fn read(name: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| fault(name, path, &format!("cannot be read ({error})")))
}

fn fault(name: &str, path: &Path, reason: &str) -> ConfigError {
    ConfigError::from(Fault::new(format!("{name} {reason}; check {}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_pem_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            cert_file: folder.path().join("tls.crt"),
            key_file: folder.path().join("tls.key"),
        };
        let refusal = || tls_server_config(&files).unwrap_err().to_string();

        assert!(refusal().starts_with("server.tls.cert_file cannot be read"), "{}", refusal());

        std::fs::write(&files.cert_file, "hello").unwrap();
        assert!(refusal().starts_with("server.tls.cert_file must hold"), "{}", refusal());

        std::fs::write(&files.cert_file, CERTIFICATE).unwrap();
        assert!(refusal().starts_with("server.tls.key_file cannot be read"), "{}", refusal());

        std::fs::write(&files.key_file, CERTIFICATE).unwrap();
        assert!(refusal().starts_with("server.tls.key_file must hold"), "{}", refusal());
    }

    #[test]
    fn tls_1_2_is_offered_with_ecdhe_and_aes_gcm_only() {
        for suite in CIPHER_SUITES {
            let name = format!("{:?}", suite.suite());
            let is_tls_1_3 = name.starts_with("TLS13_");
            assert!(is_tls_1_3 || (name.contains("_ECDHE_") && name.contains("_GCM_")), "{name}");
        }
    }

    /// The right frame around something that is no certificate; never parsed so far.
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
}
