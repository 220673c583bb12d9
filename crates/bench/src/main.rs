//! `afterimage-bench generate IMAGES FOLDER` writes the exports of a fleet of that size, `measure FOLDER` loads
//! and evaluates them, `stream IMAGES` does that with a fleet too large for files, `service IMAGES` asks the
//! lifecycle API about one, and `serve PROGRAM FOLDER` asks a server about the fleet in a folder.
#![allow(clippy::disallowed_methods, reason = "a measurement reads clocks, and writes what it measures")]

mod measure;
mod served;
mod service;

use std::error::Error;
use std::fs;
use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant as Clock;

use afterimage_bench::Fleet;
use afterimage_bench::POLICY;
use afterimage_bench::VERSION;
use afterimage_inventory::Loader;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: afterimage-bench generate IMAGES FOLDER | measure FOLDER | stream IMAGES \
                     | service IMAGES | serve PROGRAM FOLDER";
const SEED: u64 = 7;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["generate", images, folder] => generate(images, Path::new(folder)),
        ["measure", folder] => measure_files(Path::new(folder)),
        ["stream", images] => measure_stream(images),
        ["service", images] => measure_service(images),
        ["serve", program, folder] => served::measure(Path::new(program), Path::new(folder)),
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("afterimage-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes `images.json` and `amis.json`, unless they are there.
fn generate(images: &str, folder: &Path) -> Result<()> {
    let fleet = Fleet { images: images.parse()?, seed: SEED };
    let stamp = folder.join("fleet");
    let wanted = format!("{fleet:?}, version {VERSION}\n");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let write = |name: &str, write: &dyn Fn(&mut BufWriter<File>) -> std::io::Result<()>| -> Result<()> {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(folder.join(name))?);
        write(&mut file)?;
        Ok(file.flush()?)
    };
    write("images.json", &|file| afterimage_bench::write_images(&fleet, file))?;
    write("amis.json", &|file| afterimage_bench::write_amis(&fleet, file))?;
    fs::write(folder.join("policy.json"), POLICY)?;
    // Last, so that a run that was stopped half-way is not taken for a whole one.
    fs::write(stamp, wanted)?;
    Ok(())
}

fn measure_files(folder: &Path) -> Result<()> {
    let start = Clock::now();
    let mut loader = Loader::new();
    for name in ["images.json", "amis.json"] {
        loader.add(name, File::open(folder.join(name))?)?;
    }
    report(loader, start)
}

fn measure_stream(images: &str) -> Result<()> {
    let start = Clock::now();
    report(stream(images)?, start)
}

fn measure_service(images: &str) -> Result<()> {
    service::measure(stream(images)?.finish())
}

/// Reads the exports while another thread writes them, so that they are nowhere as a whole.
fn stream(images: &str) -> Result<Loader> {
    let fleet = Fleet { images: images.parse()?, seed: SEED };
    let mut loader = Loader::new();
    for images in [true, false] {
        let (from, to) = std::io::pipe()?;
        std::thread::scope(|scope| {
            // A reader that gives up breaks the pipe, and says why itself.
            scope.spawn(move || {
                let mut to = BufWriter::with_capacity(1 << 16, to);
                if images {
                    afterimage_bench::write_images(&fleet, &mut to)
                } else {
                    afterimage_bench::write_amis(&fleet, &mut to)
                }
            });
            loader.add("stream", from)
        })?;
    }
    Ok(loader)
}

fn report(mut loader: Loader, start: Clock) -> Result<()> {
    let inventory = loader.finish();
    let load = start.elapsed();
    drop(loader);
    let measured = measure::measure(&inventory, POLICY, load).ok_or("the policy has errors")?;
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}
