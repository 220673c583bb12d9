//! `afterimage-bench generate IMAGES FOLDER`: the exports of a fleet of that size, as files.
#![allow(clippy::disallowed_methods, reason = "a measurement reads clocks, and writes what it measures")]

use std::error::Error;
use std::fs;
use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use afterimage_bench::Fleet;
use afterimage_bench::VERSION;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const SEED: u64 = 7;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["generate", images, folder] => generate(images, Path::new(folder)),
        _ => Err("usage: afterimage-bench generate IMAGES FOLDER".into()),
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
    fs::write(folder.join("policy.json"), afterimage_bench::POLICY)?;
    // Last, so that a run that was stopped half-way is not taken for a whole one.
    fs::write(stamp, wanted)?;
    Ok(())
}
