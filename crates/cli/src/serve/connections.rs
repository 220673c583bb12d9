//! Connections: how many, for how long, and how they end.
//!
//! Everything happens on one thread, for there is one state. What waits is the clients: for one that sends slowly or
//! does not read its answer nobody else waits long, because when there are too many of them, the one that has kept
//! the server waiting longest makes room.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::select;
use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::task::LocalSet;
use tokio::task::spawn_local;
use tokio::time::Instant;
use tokio::time::sleep;
use tokio::time::timeout;
use tokio::time::timeout_at;

use crate::CommandError;
use crate::serve::door;
use crate::serve::door::Visitor;
use crate::serve::office::Office;

/// Open at once; an ordinary process may have 256 files open on macOS, and 1024 on Linux.
const MOST: usize = 128;
/// For the head of a request, and between two requests.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest head of a request.
const LARGEST_HEAD: usize = 1 << 16;
/// For what is still coming after the last answer of a connection.
const LINGER: Duration = Duration::from_secs(1);
/// For requests that are under way when the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// For which a connection keeps its place though another needs it: it has only just come, or been answered.
const GRACE: Duration = Duration::from_secs(1);
/// Before the next try, when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves on a port of this machine until a signal says to stop; `announce` is called once connections are accepted.
pub(super) fn run(
    port: u16,
    office: Office,
    announce: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> Result<(), CommandError> {
    let cannot = |error| CommandError::Input(format!("the server cannot be started: {error}"));
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    LocalSet::new().block_on(&runtime, async move {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
            let message = format!("127.0.0.1:{port}: cannot be listened on: {error}");
            CommandError::Input(format!("{message}\n  help: choose another port, or 0 for a free one"))
        })?;
        let mut stop = Stop::new().map_err(cannot)?;
        announce(listener.local_addr().map_err(cannot)?)?;
        let office = Rc::new(office);
        serve(listener, &office, &mut stop).await;
        let kept = office.keep().await;
        kept.map_err(|error| CommandError::Input(format!("the state cannot be written to its file: {error}")))
    })
}

/// Accepts connections until it is told to stop, then waits for the requests that are under way.
async fn serve(listener: TcpListener, office: &Rc<Office>, stop: &mut Stop) {
    let seats = Rc::new(Seats::default());
    let (stopping, _) = watch::channel(false);
    let mut connections = JoinSet::new();
    loop {
        select! {
            biased;
            () = stop.told() => break,
            Some(_) = connections.join_next() => {}
            () = seats.room(), if seats.are_taken() => {}
            accepted = listener.accept(), if !seats.are_taken() => match accepted {
                Ok((stream, _)) => {
                    let seat = Rc::new(Seats::take(&seats));
                    connections.spawn_local(attend(stream, Rc::clone(office), seat, stopping.subscribe()));
                }
                // The process has too many files open, or the client has gone again.
                Err(_) => sleep(PAUSE).await,
            },
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    select! {
        // Whoever cannot wait says so again.
        () = stop.told() => {}
        _ = timeout(DRAIN, drained) => {}
    }
}

/// Answers the requests of one connection, one after the other.
async fn attend(stream: TcpStream, office: Rc<Office>, seat: Rc<Seat>, mut stopping: watch::Receiver<bool>) {
    // An answer is written as a whole, so the system gains nothing by waiting for more of it.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let (office, seat) = (Rc::clone(&office), Rc::clone(&seat));
        // A task of its own goes on when the client does not wait for the answer.
        spawn_local(async move {
            match door::let_in(request).await {
                Ok(Visitor { method, target, body }) => {
                    let _served = seat.serve();
                    office.answer(method.as_str(), &target, &body).await
                }
                Err(refused) => refused,
            }
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(LARGEST_HEAD)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut is_told = false;
    loop {
        select! {
            () = seat.lost() => return,
            _ = stopping.wait_for(|stopping| *stopping), if !is_told => {
                is_told = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
            _ = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break,
        }
    }
    let stream = connection.into_parts().io.into_inner();
    select! {
        () = seat.lost() => {}
        // A server that stops takes what has arrived and waits for no more.
        _ = timeout(if is_told { Duration::ZERO } else { LINGER }, part(stream)) => {}
    }
}

/// Ends a connection so that the last answer arrives: closing it with bytes unread, such as those of a body that is
/// too large, would make the other side throw away what it has not read yet.
async fn part(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut unread = [0; 4096];
    while stream.read(&mut unread).await.is_ok_and(|read| read > 0) {}
}

/// The connections that there may be.
#[derive(Default)]
struct Seats {
    taken: Cell<usize>,
    /// Who is waiting for a client, in the order in which the waits began.
    waiting: RefCell<BTreeMap<u64, Waiting>>,
    /// The next place in that order.
    next: Cell<u64>,
    change: Notify,
}

/// A connection that waits for its client.
struct Waiting {
    /// When it may lose its seat.
    grace: Instant,
    lost: Rc<Notify>,
}

impl Seats {
    /// Whether a newcomer has to wait.
    fn are_taken(&self) -> bool {
        self.taken.get() >= MOST && self.grace().is_none_or(|grace| grace > Instant::now())
    }

    /// When one of the connections may lose its seat; `None` when all are being served.
    fn grace(&self) -> Option<Instant> {
        self.waiting.borrow().first_key_value().map(|(_, first)| first.grace)
    }

    /// Returns when it may be otherwise.
    async fn room(&self) {
        let change = self.change.notified();
        match self.grace() {
            Some(grace) => timeout_at(grace, change).await.unwrap_or_default(),
            None => change.await,
        }
    }

    /// A seat for a newcomer, if need be that of the connection that has waited longest.
    fn take(seats: &Rc<Self>) -> Seat {
        if seats.taken.get() >= MOST
            && let Some((_, first)) = seats.waiting.borrow_mut().pop_first()
        {
            first.lost.notify_one();
            seats.taken.set(seats.taken.get().saturating_sub(1));
        }
        seats.taken.set(seats.taken.get().saturating_add(1));
        let seat = Seat { seats: Rc::clone(seats), place: Cell::new(None), lost: Rc::default() };
        seat.wait();
        seat
    }
}

/// The right of one connection to be there.
struct Seat {
    seats: Rc<Seats>,
    /// Its place among those that wait; `None` while it is served. One who has a place and is not among them any
    /// more has lost the seat.
    place: Cell<Option<u64>>,
    lost: Rc<Notify>,
}

impl Seat {
    /// Returns when the seat is given to somebody else, which does not happen while it is served.
    async fn lost(&self) {
        self.lost.notified().await;
    }

    fn is_lost(&self) -> bool {
        self.place.get().is_some_and(|place| !self.seats.waiting.borrow().contains_key(&place))
    }

    /// From now on until the result is dropped it is the client that waits.
    fn serve(&self) -> Served<'_> {
        if !self.is_lost()
            && let Some(place) = self.place.take()
        {
            self.seats.waiting.borrow_mut().remove(&place);
        }
        Served(self)
    }

    fn wait(&self) {
        let place = self.seats.next.get();
        self.seats.next.set(place.wrapping_add(1));
        self.place.set(Some(place));
        let waiting = Waiting { grace: Instant::now() + GRACE, lost: Rc::clone(&self.lost) };
        self.seats.waiting.borrow_mut().insert(place, waiting);
        self.seats.change.notify_one();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.is_lost() {
            if let Some(place) = self.place.get() {
                self.seats.waiting.borrow_mut().remove(&place);
            }
            self.seats.taken.set(self.seats.taken.get().saturating_sub(1));
            self.seats.change.notify_one();
        }
    }
}

struct Served<'a>(&'a Seat);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        if self.0.place.get().is_none() {
            self.0.wait();
        }
    }
}

/// SIGTERM and SIGINT, or what the system has in their place.
struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    signals: (tokio::signal::windows::CtrlC, tokio::signal::windows::CtrlBreak),
}

impl Stop {
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::SignalKind;
        use tokio::signal::unix::signal;
        Ok(Self { signals: [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?] })
    }

    #[cfg(windows)]
    fn new() -> io::Result<Self> {
        use tokio::signal::windows::ctrl_break;
        use tokio::signal::windows::ctrl_c;
        Ok(Self { signals: (ctrl_c()?, ctrl_break()?) })
    }

    /// Returns when the server is told to stop, every time that it is told.
    async fn told(&mut self) {
        #[cfg(unix)]
        let [one, other] = &mut self.signals;
        #[cfg(windows)]
        let (one, other) = &mut self.signals;
        select! {
            _ = one.recv() => {}
            _ = other.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newcomer_waits_while_everybody_has_only_just_come() {
        let seats = Rc::new(Seats::default());
        let mut taken: Vec<Seat> = (1..MOST).map(|_| Seats::take(&seats)).collect();
        assert!(!seats.are_taken());
        taken.push(Seats::take(&seats));
        assert!(seats.are_taken());
        taken.pop();
        assert!(!seats.are_taken());
    }

    #[test]
    fn the_seat_that_goes_is_that_of_who_has_waited_longest_and_is_not_served() {
        let seats = Rc::new(Seats::default());
        let taken: Vec<Seat> = (0..MOST).map(|_| Seats::take(&seats)).collect();
        let lost = || taken.iter().position(Seat::is_lost);
        let served = taken[0].serve();
        // Answered again, so that the wait began anew.
        drop(taken[1].serve());
        let third = Seats::take(&seats);
        assert_eq!(lost(), Some(2));
        assert_eq!(seats.taken.get(), MOST);
        drop(served);
        drop((taken, third));
        assert_eq!(seats.taken.get(), 0);
        assert!(seats.waiting.borrow().is_empty());
    }
}
