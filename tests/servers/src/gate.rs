//! A network between a client and a server that can be cut, as a restart of the server or a bad cable would.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::Address;

/// A port of this machine behind which a server is, or is not. Cutting takes effect before the call returns.
#[derive(Debug)]
pub struct Gate {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    traffic: Mutex<Traffic>,
    /// What is let through of the server's answers, in bytes.
    budget: AtomicUsize,
}

#[derive(Debug, Default)]
struct Traffic {
    shut: bool,
    open: Vec<Pipe>,
}

/// Both ends of a connection.
#[derive(Debug)]
struct Pipe {
    near: TcpStream,
    far: Far,
}

#[derive(Debug)]
enum Far {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Gate {
    /// An open gate in front of what listens there.
    pub fn before(address: &Address) -> Gate {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State { traffic: Mutex::default(), budget: AtomicUsize::new(usize::MAX) });
        let (address, inside) = (address.clone(), state.clone());
        // Ends with the process: a gate is as cheap as a port.
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // A server that is not there hangs up as a shut gate does.
                let _ = inside.join(near, &address);
            }
        });
        Gate { port, state }
    }

    /// The port of this machine that it is at.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Breaks all connections; new ones are let through.
    pub fn cut(&self) {
        self.state.traffic().cut();
    }

    /// Breaks all connections, and new ones as well until [`Gate::open`].
    pub fn shut(&self) {
        let mut traffic = self.state.traffic();
        traffic.shut = true;
        traffic.cut();
    }

    /// Lets connections through again.
    pub fn open(&self) {
        self.state.traffic().shut = false;
    }

    /// Breaks the connection that gets the last of so many more bytes from the server, and no other.
    pub fn cut_after(&self, bytes: usize) {
        self.state.budget.store(bytes, Ordering::SeqCst);
    }
}

impl State {
    fn traffic(&self) -> std::sync::MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(self: &Arc<State>, near: TcpStream, address: &Address) -> io::Result<()> {
        // Held to the end, so that whoever shuts the gate meanwhile finds the connection here.
        let mut traffic = self.traffic();
        if traffic.shut {
            return Ok(());
        }
        let far = match address {
            Address::Tcp(host, port) => {
                let far = TcpStream::connect((host.as_str(), *port))?;
                far.set_nodelay(true)?;
                Far::Tcp(far)
            }
            Address::Socket(path) => Far::Unix(UnixStream::connect(path)?),
        };
        near.set_nodelay(true)?;
        let pipe = Pipe { near, far };
        let (up, down) = (pipe.another()?, pipe.another()?);
        traffic.open.push(pipe);
        thread::spawn(move || {
            let (mut from, mut to) = (&up.near, &up.far);
            let _ = io::copy(&mut from, &mut to);
            up.cut();
        });
        let state = self.clone();
        thread::spawn(move || {
            let _ = state.answer(&down);
            down.cut();
        });
        Ok(())
    }

    /// Copies the server's answers until the budget is used up.
    fn answer(&self, pipe: &Pipe) -> io::Result<()> {
        let mut buffer = [0; 16_384];
        loop {
            let read = (&pipe.far).read(&mut buffer)?;
            let left = self.budget.load(Ordering::SeqCst);
            (&pipe.near).write_all(&buffer[..read.min(left)])?;
            if read == 0 {
                return Ok(());
            }
            if read >= left {
                self.budget.store(usize::MAX, Ordering::SeqCst);
                return Ok(());
            }
            if left < usize::MAX {
                self.budget.fetch_sub(read, Ordering::SeqCst);
            }
        }
    }
}

impl Traffic {
    fn cut(&mut self) {
        self.open.drain(..).for_each(|pipe| pipe.cut());
    }
}

impl Pipe {
    fn another(&self) -> io::Result<Pipe> {
        let far = match &self.far {
            Far::Tcp(far) => Far::Tcp(far.try_clone()?),
            Far::Unix(far) => Far::Unix(far.try_clone()?),
        };
        Ok(Pipe { near: self.near.try_clone()?, far })
    }

    /// One that is cut already is as good.
    fn cut(&self) {
        let _ = self.near.shutdown(Shutdown::Both);
        let _ = match &self.far {
            Far::Tcp(far) => far.shutdown(Shutdown::Both),
            Far::Unix(far) => far.shutdown(Shutdown::Both),
        };
    }
}

impl Read for &Far {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Far::Tcp(far) => (&mut &*far).read(buffer),
            Far::Unix(far) => (&mut &*far).read(buffer),
        }
    }
}

impl Write for &Far {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Far::Tcp(far) => (&mut &*far).write(bytes),
            Far::Unix(far) => (&mut &*far).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
