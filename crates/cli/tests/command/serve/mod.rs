//! `afterimage serve`, as a client and as whoever starts and ends it meets it.

mod clients;
mod door;
mod server;
mod state;
