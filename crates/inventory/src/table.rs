//! The table that `afterimage simulate --format csv` writes, read as an export of its images.
//!
//! The rows of its first run count. The columns say what people see there; `facts`, where it is filled, holds the
//! rest in the words of AWS. A table without it still gives images and their outputs.

use csv_core::ReadRecordResult;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::export;
use crate::export::Flaw;
use crate::export::Place;
use crate::export::Readers;
use crate::load::Problem;
use crate::rows::Rows;
use crate::rows::shown;
use crate::scan::lines;

/// What the text of a table begins with.
pub(crate) const BEGINNING: &str = "run,kind,id,parent,";

/// A row is shorter than this; AWS's limits keep the facts of an image below it by far.
const LONGEST: usize = 16 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Table {
    source: String,
    csv: csv_core::Reader,
    /// The cells of the row that is being read, one after the other, and where they end.
    cells: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    count: usize,
    /// Rows read, the header being the first.
    rows: usize,
    lines: usize,
    columns: Columns,
    /// The first run; rows of others are passed over.
    run: Option<String>,
    /// The first image of another run that has facts, and how many have.
    others: Option<(usize, usize)>,
    /// The image whose outputs are being read, and its row.
    image: Option<(usize, Map<String, Value>)>,
    readers: Readers,
    /// Snapshots of its AMIs, where no `facts` tell of them.
    amis: Vec<Value>,
}

/// Where each fact stands.
#[derive(Debug, Default)]
struct Columns(Vec<String>);

/// One row, cell by cell.
struct Cells<'a> {
    columns: &'a Columns,
    cells: Vec<&'a str>,
}

impl Cells<'_> {
    /// The text of a cell; empty when there is no such column. An apostrophe that keeps a spreadsheet from taking
    /// text as a formula is no part of it.
    fn get(&self, name: &str) -> &str {
        let at = self.columns.0.iter().position(|column| column == name);
        let cell = at.and_then(|at| self.cells.get(at)).copied().unwrap_or_default();
        match cell.strip_prefix('\'') {
            Some(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => text,
            _ => cell,
        }
    }
}

impl Table {
    pub(crate) fn new(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            csv: csv_core::Reader::new(),
            cells: Vec::new(),
            length: 0,
            ends: Vec::new(),
            count: 0,
            rows: 0,
            lines: 0,
            columns: Columns::default(),
            run: None,
            others: None,
            image: None,
            readers: Readers::default(),
            amis: Vec::new(),
        }
    }

    /// Lines that have been read.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// Reads more text; there has to be some.
    pub(crate) fn read(&mut self, text: &str, rows: &mut Rows) -> Result<(), Problem> {
        self.lines = self.lines.saturating_add(lines(text.as_bytes()));
        // Room for all of it: an empty rest means the end, so nothing may be left to be asked for again.
        self.cells.resize(self.length.saturating_add(text.len()).saturating_add(1), 0);
        self.ends.resize(self.count.saturating_add(text.len()).saturating_add(2), 0);
        let mut rest = text.as_bytes();
        loop {
            let (cells, ends) = (self.cells.get_mut(self.length..), self.ends.get_mut(self.count..));
            let (result, read, written, ended) =
                self.csv.read_record(rest, cells.unwrap_or_default(), ends.unwrap_or_default());
            rest = rest.get(read..).unwrap_or_default();
            self.length = self.length.saturating_add(written);
            self.count = self.count.saturating_add(ended);
            match result {
                ReadRecordResult::InputEmpty if self.length < LONGEST => return Ok(()),
                ReadRecordResult::InputEmpty
                | ReadRecordResult::OutputFull
                | ReadRecordResult::OutputEndsFull => {
                    let row = self.rows.saturating_add(1);
                    return Err((
                        format!("row {row} is too long for a table of `afterimage simulate --format csv`"),
                        "simulate again and load the table as it is written".to_owned(),
                    ));
                }
                ReadRecordResult::Record => {
                    self.row(rows);
                    (self.length, self.count) = (0, 0);
                    if rest.is_empty() {
                        return Ok(());
                    }
                }
                ReadRecordResult::End => return Ok(()),
            }
        }
    }

    /// Takes over what is left, unless the text breaks off within a row.
    pub(crate) fn finish(&mut self, rows: &mut Rows) -> Result<(), Problem> {
        let begun = self.cells.get(..self.length).unwrap_or_default();
        let line = self.lines.saturating_sub(lines(begun)).saturating_add(1);
        let (before, cells) = (self.rows, self.count.saturating_add(1));
        // Ends the row that is open, if there is one, but within quotes it is one more character.
        self.read("\n", rows)?;
        let wanted = self.columns.0.len();
        let flaw = if self.length > 0 {
            Some("a quote is not closed".to_owned())
        } else if self.rows > before && before == 0 {
            Some("nothing follows the names of the columns".to_owned())
        } else if self.rows > before && cells < wanted {
            Some(format!("the last row has {cells} of {wanted} cells"))
        } else {
            None
        };
        if let Some(flaw) = flaw {
            return Err((
                format!("line {line}: the table breaks off: {flaw}"),
                "simulate again and load the whole table; one that was cut off while it was written looks like this"
                    .to_owned(),
            ));
        }
        self.end_image(rows);
        if let (Some((row, count)), Some(run)) = (self.others, &self.run) {
            let images = if count == 1 { "this image is" } else { "this image and others are" };
            let message = format!(
                "{images} of another run than the first row, which is of `{}`: {count} passed over",
                shown(run)
            );
            rows.skipped.push(self.place(row).skipped(&message));
        }
        Ok(())
    }

    fn place(&self, row: usize) -> Place<'_> {
        Place { source: &self.source, number: 0, path: "", index: Some(row) }
    }

    fn row(&mut self, rows: &mut Rows) {
        self.rows = self.rows.saturating_add(1);
        let mut start = 0;
        let ends = self.ends.get(..self.count).unwrap_or_default();
        let cells = ends.iter().map(|&end| {
            let cell = self.cells.get(start..end).unwrap_or_default();
            start = end;
            std::str::from_utf8(cell).unwrap_or_default()
        });
        if self.rows == 1 {
            self.columns = Columns(cells.map(str::to_owned).collect());
            return;
        }
        let cells = Cells { columns: &self.columns, cells: cells.collect() };
        let run = cells.get("run");
        if *self.run.get_or_insert_with(|| run.to_owned()) != run {
            // The command gives facts in the first run alone, so this is the first run of another table, or the
            // first row is none of the command's.
            if !cells.get("facts").is_empty() {
                let (_, count) = self.others.get_or_insert((self.rows, 0));
                *count = count.saturating_add(1);
            }
            return;
        }
        let [id, region, account] = ["id", "region", "account"].map(|name| cells.get(name).to_owned());
        let outputs = |image: &mut Option<(usize, Map<String, Value>)>, kind: &str, output: Value| {
            let Some((_, image)) = image else { return };
            let outputs = image.entry("outputResources").or_insert_with(|| json!({}));
            if outputs.get(kind).is_none()
                && let Some(outputs) = outputs.as_object_mut()
            {
                outputs.insert(kind.to_owned(), json!([]));
            }
            if let Some(list) = outputs.get_mut(kind).and_then(Value::as_array_mut) {
                list.push(output);
            }
        };
        // What `facts` says of the outputs is said there in full.
        let told = self.image.as_ref().is_some_and(|(_, image)| image.contains_key("told"));
        match cells.get("kind") {
            "IMAGE" => {
                let image = image(&cells);
                self.end_image(rows);
                match image {
                    Ok(image) => self.image = Some((self.rows, image)),
                    Err(reason) => rows.skipped.push(self.place(self.rows).skipped(&reason)),
                }
            }
            "AMI" if !told => {
                outputs(
                    &mut self.image,
                    "amis",
                    json!({"image": id, "region": region, "accountId": account}),
                );
            }
            "CONTAINER" if !told => {
                outputs(&mut self.image, "containers", json!({"region": region, "imageUris": [id]}));
            }
            "SNAPSHOT" if !told => {
                let ami = cells.get("parent");
                self.amis.push(json!([ami, id]));
            }
            _ => {}
        }
    }

    /// Takes over an image whose rows have all been read.
    fn end_image(&mut self, rows: &mut Rows) {
        let snapshots = std::mem::take(&mut self.amis);
        let Some((row, mut image)) = self.image.take() else { return };
        image.remove("told");
        let described = image.remove("Images").unwrap_or_default();
        let place = Place { source: &self.source, number: 0, path: "", index: Some(row) };
        let readers = &mut self.readers;
        let mut read = |kind: export::Kind, element: &Value| {
            let reason = match readers.read_whole(kind, rows, &element.to_string(), &place) {
                Ok(()) => return,
                Err(Flaw::Sense(reason)) => reason,
                Err(Flaw::Json(error)) => export::reason(&error),
            };
            rows.skipped.push(place.skipped(&reason));
        };
        read(export::IMAGE, &Value::Object(image));
        for ami in described.as_array().into_iter().flatten() {
            // describe-images always says whether an AMI is public.
            if ami.get("Public").is_none() {
                read(export::ATTRIBUTE, ami);
                continue;
            }
            read(export::EC2_IMAGE, ami);
            if let Some(permissions) = ami.get("LaunchPermissions") {
                let known = json!({"ImageId": ami.get("ImageId"), "LaunchPermissions": permissions});
                read(export::ATTRIBUTE, &known);
            }
        }
        let mut rest = snapshots.as_slice();
        while let Some(first) = rest.first() {
            let ami = first.get(0);
            let count = rest.iter().take_while(|row| row.get(0) == ami).count();
            let (own, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            let disks: Vec<Value> =
                own.iter().map(|row| json!({"Ebs": {"SnapshotId": row.get(1)}})).collect();
            read(export::EC2_IMAGE, &json!({"ImageId": ami, "BlockDeviceMappings": disks}));
            rest = after;
        }
    }
}

/// An image in the words of AWS; `told` when its outputs are among them.
fn image(cells: &Cells<'_>) -> Result<Map<String, Value>, String> {
    let object = |name: &str| match cells.get(name) {
        "" => Ok(None),
        cell => match serde_json::from_str(cell) {
            Ok(Value::Object(members)) => Ok(Some(members)),
            Ok(_) => Err(format!("`{name}` is not an object")),
            Err(error) => Err(format!("`{name}` is not valid JSON: {}", export::reason(&error))),
        },
    };
    let facts = object("facts")?;
    let told = facts.is_some();
    let mut image = facts.unwrap_or_default();
    if let Some(tags) = object("tags")? {
        image.insert("tags".to_owned(), Value::Object(tags));
    }
    let columns = [("arn", "id"), ("owner", "account"), ("dateCreated", "created"), ("type", "type")];
    for (member, column) in columns {
        let cell = cells.get(column);
        if !cell.is_empty() {
            image.insert(member.to_owned(), cell.into());
        }
    }
    if !cells.get("before").is_empty() {
        image.insert("state".to_owned(), json!({ "status": cells.get("before") }));
    }
    if told {
        image.insert("told".to_owned(), Value::Null);
    }
    Ok(image)
}
