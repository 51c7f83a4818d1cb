//! `privet import`: imports users and relationships from a file, as `POST /api/v1/admin/import` does.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use actix_web::rt::System;
use anyhow::Context;
use clap::{Args, ValueEnum};
use privet_application::Privet;
use privet_application::transfer::import::{BATCH, ImportCounts, ImportMode, Outcome};
use privet_domain::catalogue::Catalogue;
use privet_http::import::{parse_line, told, told_last};
use privet_http::lines::{Line, LineSplitter};

use crate::configuration::Environment;
use crate::configuration::catalogue::CatalogueConfiguration;
use crate::failure::Failure;

use super::progress::Progress;
use super::{TransferConfiguration, operator};

/// The size of a read, in bytes.
const PIECE: usize = 64 * 1024;

/// What to import, and how.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// A file with one JSON object in each line, or - for standard input
    file: String,
    /// Set only what users have not chosen, or replace what they chose
    #[arg(long, value_enum, default_value_t = Mode::Fill)]
    mode: Mode,
    /// Only check the lines; needs no database
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Set only what users have not chosen
    Fill,
    /// Replace what users chose
    Overwrite,
}

/// Imports the file.
pub fn run(environment: &Environment, arguments: &ImportArguments) -> Result<(), Failure> {
    let source = Source::open(&arguments.file)?;
    if arguments.dry_run {
        let read = CatalogueConfiguration::read(environment)?;
        return check(&read.catalogue, source);
    }
    let mode = match arguments.mode {
        Mode::Fill => ImportMode::Fill,
        Mode::Overwrite => ImportMode::Overwrite,
    };
    let (configuration, _log) = TransferConfiguration::read(environment)?;
    System::new().block_on(async {
        let transfers = configuration.start().await?;
        import(&transfers.privet, mode, source).await
    })
}

/// Checks every line, and changes nothing. A correct line counts as unchanged.
fn check(catalogue: &Catalogue, mut source: Source) -> Result<(), Failure> {
    let mut counts = ImportCounts::default();
    while let Some(lines) = source.batch()? {
        for line in &lines {
            let outcome = match parse_line(catalogue, line) {
                Ok(_) => Outcome::Unchanged,
                Err(errors) => Outcome::Invalid(errors),
            };
            tell(line, &outcome, &mut counts)?;
        }
    }
    print(&told_last(&counts).to_string())
}

async fn import(privet: &Privet, mode: ImportMode, mut source: Source) -> Result<(), Failure> {
    let mut counts = ImportCounts::default();
    let operator = operator();
    while let Some(lines) = source.batch()? {
        let catalogue = privet.catalogue.get();
        let parsed = lines.iter().map(|line| parse_line(&catalogue, line));
        let parsed = parsed.collect();
        let outcomes = privet.transfer.import(&operator, mode, parsed).await;
        let outcomes = outcomes.map_err(|error| {
            let line = lines.first().map_or(0, |line| line.number);
            Failure::of_store(&format!("import from line {line} on"), &error)
        })?;
        for (line, outcome) in lines.iter().zip(&outcomes) {
            tell(line, outcome, &mut counts)?;
        }
    }
    drop(source);
    print(&told_last(&counts).to_string())
}

fn tell(line: &Line, outcome: &Outcome, counts: &mut ImportCounts) -> Result<(), Failure> {
    counts.add(outcome);
    match told(line.number, outcome) {
        Some(told) => print(&told.to_string()),
        None => Ok(()),
    }
}

fn print(line: &str) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{line}").context("cannot write to standard output")?;
    Ok(())
}

/// A file that is read in batches of lines.
struct Source {
    input: Box<dyn Read>,
    splitter: LineSplitter,
    is_read: bool,
    bytes: u64,
    lines: u64,
    progress: Progress,
}

impl Source {
    fn open(file: &str) -> Result<Self, Failure> {
        let (input, length): (Box<dyn Read>, Option<u64>) = if file == "-" {
            (Box::new(io::stdin()), None)
        } else {
            let opened = File::open(Path::new(file));
            let opened = opened.with_context(|| format!("cannot read {file}"))?;
            let length = opened.metadata().ok().map(|metadata| metadata.len());
            (Box::new(opened), length)
        };
        Ok(Self {
            input,
            splitter: LineSplitter::default(),
            is_read: false,
            bytes: 0,
            lines: 0,
            progress: Progress::of(length),
        })
    }

    /// The next lines; `None` at the end.
    fn batch(&mut self) -> Result<Option<Vec<Line>>, Failure> {
        let mut piece = vec![0; PIECE];
        while !self.is_read && self.splitter.len() < BATCH {
            let read = self
                .input
                .read(&mut piece)
                .context("cannot read the file")?;
            match piece.get(..read) {
                Some(read) if !read.is_empty() => self.splitter.push(read),
                _ => {
                    self.splitter.finish();
                    self.is_read = true;
                }
            }
            self.bytes += read as u64;
        }
        let lines = self.splitter.take(BATCH);
        self.lines += lines.len() as u64;
        self.progress.show(self.bytes, self.lines);
        Ok((!lines.is_empty()).then_some(lines))
    }
}
