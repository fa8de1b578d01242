//! What is drawn onto pictures, for people and for models: a pointer, numbered boxes, an outline,
//! sheets of assets, differences. Pure work on decoded pixels; equal input gives equal bytes. Must not
//! read pictures, only draw on them.

mod contact_sheet;
mod difference;
mod letters;
mod marks;
mod pointer;

pub use contact_sheet::{ASSETS_PER_SHEET, contact_sheet};
pub use difference::{Place, difference, difference_picture, worst_places};
pub use marks::{draw_marks, outline};
pub use pointer::draw_pointer;
