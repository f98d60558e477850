//! A network between adapter and server that can be cut, as a restart of the server or a bad cable would.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use mysql_async::Opts;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};

use crate::shop::url;

pub struct Proxy {
    /// Where it listens: a URL with that database.
    pub url: String,
    /// What it lets through of the server's answers, in bytes; nothing at all while it is 0.
    budget: Arc<AtomicUsize>,
    cut: watch::Sender<u64>,
}

impl Proxy {
    pub async fn new(database: &str) -> Proxy {
        let server = Opts::from_url(&url(None)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let user = match (server.user(), server.pass()) {
            (Some(user), Some(password)) => format!("{user}:{password}@"),
            (Some(user), None) => format!("{user}@"),
            _ => String::new(),
        };
        let url = format!("mysql://{user}{}/{database}", listener.local_addr().unwrap());
        let (cut, cuts) = watch::channel(0);
        let budget = Arc::new(AtomicUsize::new(usize::MAX));
        let proxy = Proxy { url, budget: budget.clone(), cut };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, budget, mut cuts) = (server.clone(), budget.clone(), cuts.clone());
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    if budget.load(Ordering::SeqCst) == 0 {
                        return;
                    }
                    let joined = async {
                        match server.socket() {
                            Some(socket) => join(client, UnixStream::connect(socket).await.unwrap(), &budget).await,
                            None => {
                                let address = (server.ip_or_hostname().to_owned(), server.tcp_port());
                                join(client, TcpStream::connect(address).await.unwrap(), &budget).await;
                            }
                        }
                    };
                    tokio::select! {
                        () = joined => {}
                        _ = cuts.changed() => {}
                    }
                });
            }
        });
        proxy
    }

    /// Breaks all connections; new ones are let through.
    pub fn cut(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }

    /// Breaks all connections, and new ones as well until [`Proxy::up`].
    pub fn down(&self) {
        self.budget.store(0, Ordering::SeqCst);
        self.cut();
    }

    pub fn up(&self) {
        self.budget.store(usize::MAX, Ordering::SeqCst);
    }

    /// Breaks the connection that gets so many more bytes from the server, and no other.
    pub fn cut_after(&self, bytes: usize) {
        self.budget.store(bytes, Ordering::SeqCst);
    }
}

/// Copies in both directions until the budget is used up.
async fn join<S: AsyncRead + AsyncWrite>(client: TcpStream, server: S, budget: &AtomicUsize) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let upwards = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) };
    let downwards = async {
        let mut buffer = [0; 4_096];
        loop {
            let read = from_server.read(&mut buffer).await?;
            let left = budget.load(Ordering::SeqCst);
            to_client.write_all(&buffer[..read.min(left)]).await?;
            if read == 0 || read >= left {
                budget.store(usize::MAX, Ordering::SeqCst);
                return std::io::Result::Ok(());
            }
            if left < usize::MAX {
                budget.fetch_sub(read, Ordering::SeqCst);
            }
        }
    };
    tokio::select! {
        _ = upwards => {}
        _ = downwards => {}
    }
}
