//! Reading and changing settings over fakes.

mod caching;
mod changes;
mod clocks;
mod conditions;
mod history;
mod reading;
mod recent;
mod retention;
