// SPDX-License-Identifier: Apache-2.0
//! rustls (with webpki) judges what `pki` issues. Prints nothing and ends with 0 if it accepts, tells why and ends with 1 if not.
//!
//! rust_client server ROOT CRL CHAIN NAME DAYS       a server's chain, DAYS from now
//! rust_client client ROOT CRL CHAIN DAYS            a client's
//! rust_client handshake ROOT CRL SERVER CLIENT NAME TLS 1.3 on loopback, both ends by certificate (folders of `pki issue`)
use rustls::client::danger::ServerCertVerifier;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::ring::default_provider;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, Stream};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Trust {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    lists: Vec<CertificateRevocationListDer<'static>>,
}

impl Trust {
    fn load(root: &str, lists: &str) -> Outcome<Trust> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(root)? {
            roots.add(certificate)?;
        }
        let lists = CertificateRevocationListDer::pem_file_iter(lists)?.collect::<Result<Vec<_>, _>>()?;
        Ok(Trust { provider: Arc::new(default_provider()), roots: Arc::new(roots), lists })
    }

    // Both ask for the status of every certificate of a chain, and take none that no list speaks of.
    fn of_servers(&self) -> Outcome<Arc<WebPkiServerVerifier>> {
        Ok(WebPkiServerVerifier::builder_with_provider(self.roots.clone(), self.provider.clone())
            .with_crls(self.lists.iter().cloned())
            .build()?)
    }

    fn of_clients(&self) -> Outcome<Arc<dyn ClientCertVerifier>> {
        Ok(WebPkiClientVerifier::builder_with_provider(self.roots.clone(), self.provider.clone())
            .with_crls(self.lists.iter().cloned())
            .build()?)
    }
}

fn certificates(path: &str) -> Outcome<Vec<CertificateDer<'static>>> {
    Ok(CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>()?)
}

fn days_from_now(days: &str) -> Outcome<UnixTime> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(UnixTime::since_unix_epoch(now + Duration::from_secs(days.parse::<u64>()? * 86_400)))
}

fn judge_server(trust: &Trust, chain: &str, name: &str, days: &str) -> Outcome<()> {
    let chain = certificates(chain)?;
    let name = ServerName::try_from(name.to_owned())?;
    trust.of_servers()?.verify_server_cert(&chain[0], &chain[1..], &name, &[], days_from_now(days)?)?;
    Ok(())
}

fn judge_client(trust: &Trust, chain: &str, days: &str) -> Outcome<()> {
    let chain = certificates(chain)?;
    trust.of_clients()?.verify_client_cert(&chain[0], &chain[1..], days_from_now(days)?)?;
    Ok(())
}

fn server_end(trust: &Trust, folder: &str) -> Outcome<ServerConfig> {
    Ok(ServerConfig::builder_with_provider(trust.provider.clone())
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(trust.of_clients()?)
        .with_single_cert(certificates(&format!("{folder}/chain.pem"))?, PrivateKeyDer::from_pem_file(format!("{folder}/key.pem"))?)?)
}

fn client_end(trust: &Trust, folder: &str) -> Outcome<ClientConfig> {
    Ok(ClientConfig::builder_with_provider(trust.provider.clone())
        .with_safe_default_protocol_versions()?
        .with_webpki_verifier(trust.of_servers()?)
        .with_client_auth_cert(certificates(&format!("{folder}/chain.pem"))?, PrivateKeyDer::from_pem_file(format!("{folder}/key.pem"))?)?)
}

// Each end says five bytes and hears five.
fn talk(stream: &mut (impl Read + Write)) -> std::io::Result<()> {
    let mut heard = [0; 5];
    stream.write_all(b"hello")?;
    stream.flush()?;
    stream.read_exact(&mut heard)
}

fn handshake(trust: &Trust, server: &str, client: &str, name: &str) -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let place = listener.local_addr()?;
    let mut served = ServerConnection::new(Arc::new(server_end(trust, server)?))?;
    let other_end = std::thread::spawn(move || -> std::io::Result<()> {
        let (mut socket, _) = listener.accept()?;
        talk(&mut Stream::new(&mut served, &mut socket))
    });
    let mut asking = ClientConnection::new(Arc::new(client_end(trust, client)?), ServerName::try_from(name.to_owned())?)?;
    let mut socket = TcpStream::connect(place)?;
    let here = talk(&mut Stream::new(&mut asking, &mut socket));
    drop(socket);
    let there = other_end.join().map_err(|_| "the server's thread ended early")?;
    here.map_err(|error| format!("the client: {error:?}"))?;
    there.map_err(|error| format!("the server: {error:?}"))?;
    Ok(())
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["server", root, lists, chain, name, days] => Trust::load(root, lists).and_then(|trust| judge_server(&trust, chain, name, days)),
        ["client", root, lists, chain, days] => Trust::load(root, lists).and_then(|trust| judge_client(&trust, chain, days)),
        ["handshake", root, lists, server, client, name] => Trust::load(root, lists).and_then(|trust| handshake(&trust, server, client, name)),
        _ => {
            eprintln!("expected server, client or handshake with their arguments");
            std::process::exit(2);
        }
    };
    if let Err(error) = outcome {
        eprintln!("{error:?}");
        std::process::exit(1);
    }
}
