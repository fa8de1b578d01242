//! What the browser saw of a whole site: every route that was opened, and what its controls, fields
//! and forms did when they were used. The same site under the same [`VisitPlan`] gives the same
//! [`SiteTrace`]; pictures and timings are not part of its stored form.

use serde::{Deserialize, Serialize};

use crate::capture::{Capture, Png, Timings};
use crate::fault::Fault;
use crate::geometry::Rect;
use crate::policy::{RenderPolicy, Viewport};
use crate::units::Millis;

/// How a site is visited. Depends on nothing that the site was asked to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitPlan {
    /// Routes that the site's router declares, such as `/about` or `/#/cart`, in their order. Those
    /// with parameters (`/user/:id`, `*`) are passed over: nobody knows what to put in.
    pub declared_routes: Vec<String>,
    /// The most routes that are opened, the entry among them; at least 1.
    pub max_routes: u32,
    /// The window of the published screenshots.
    pub desktop: Viewport,
    /// A telephone's window; absent to leave its picture out.
    pub mobile: Option<Viewport>,
    /// Widths in CSS pixels at which a route is looked at for sideways overflow.
    pub overflow_widths: Vec<u32>,
    /// What is recorded of each route, and its limits. The deadline is for one load of one route.
    pub policy: RenderPolicy,
    /// Use controls, fields and forms.
    pub probes: bool,
    /// The most controls that are activated on the whole site.
    pub max_controls: u32,
    /// The most controls of one route that look alike (element, classes, parent's classes) and are
    /// activated, spread evenly over them; the others stay untried.
    pub max_alike: u32,
    /// The most fields that are typed into on the whole site.
    pub max_fields: u32,
    /// The most forms that are sent on the whole site.
    pub max_forms: u32,
    /// Virtual time a page gets to react to one action.
    pub reaction_time: Millis,
    /// Wall-clock limit for one action. One that takes longer is done again in a fresh browser with
    /// three times the limit; a page that takes longer then too has a fault.
    pub action_deadline: Millis,
    /// Wall-clock limit for all probes together. What is left then stays untried and
    /// [`SiteTrace::probes_cut`] says so; far above what a site takes, so that it is met only by one
    /// that is broken.
    pub probe_deadline: Millis,
}

impl Default for VisitPlan {
    fn default() -> Self {
        Self {
            declared_routes: Vec::new(),
            max_routes: 12,
            desktop: Viewport { width: 1024, height: 768 },
            mobile: Some(Viewport { width: 375, height: 812 }),
            overflow_widths: vec![375, 768, 1280],
            policy: RenderPolicy {
                viewport_png: true,
                full_page_png: false,
                accessibility: false,
                deadline: Millis(8_000),
                ..RenderPolicy::default()
            },
            probes: true,
            max_controls: 40,
            max_alike: 8,
            max_fields: 10,
            max_forms: 5,
            reaction_time: Millis(300),
            action_deadline: Millis(3_000),
            probe_deadline: Millis(60_000),
        }
    }
}

/// Everything that was seen of one site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteTrace {
    /// The routes in the order they were opened; the entry is the first.
    pub routes: Vec<RouteTrace>,
    /// Fingerprint of what the site shows for a path that nobody declared, where it was asked.
    pub catch_all: Option<String>,
    /// What each control did, in the order they were activated.
    pub controls: Vec<ControlTrace>,
    /// What each field did with the text typed into it.
    pub fields: Vec<FieldTrace>,
    /// What each form did when it was sent.
    pub forms: Vec<FormTrace>,
    /// True when the probes were asked for.
    pub probed: bool,
    /// True when the time for the probes ran out before all were made.
    pub probes_cut: bool,
    /// Links to other hosts that were seen and not followed, sorted, at most 100.
    pub outside_links: Vec<String>,
    /// Wall-clock seconds: `waited` for a free browser, and from then on until `first_screenshot`,
    /// `routes`, `probes` and `put_back` were done; the rest are steps of a route.
    #[serde(skip)]
    pub timings: Timings,
}

impl SiteTrace {
    /// The entry page's window picture at the desktop size, where there is one.
    #[must_use]
    pub fn first_screenshot(&self) -> Option<&Png> {
        self.routes.first()?.desktop()?.viewport_png.as_ref()
    }

    /// The fault of the entry page, where it has one.
    #[must_use]
    pub fn entry_fault(&self) -> Option<&Fault> {
        self.routes.first()?.fault.as_ref()
    }
}

/// Where a route was learned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteOrigin {
    /// The page that is opened first.
    Entry,
    /// The site's router declares it.
    Declared,
    /// A link on a page that was visited leads there.
    Link,
}

/// What was seen of one route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RouteTrace {
    /// Path, query and, for a hash router, fragment: `/`, `/about`, `/#/cart`.
    pub path: String,
    /// Where it was learned of.
    pub origin: RouteOrigin,
    /// The document's title.
    pub title: String,
    /// What each window showed, the desktop first. The DOM is recorded for the desktop alone.
    pub captures: Vec<Capture>,
    /// Nothing can be seen: no text and nothing painted, or a picture of one colour.
    pub blank: bool,
    /// The error overlay or error page that covers it, in a few words.
    pub overlay: Option<String>,
    /// The site says that there is no such page, or shows what it shows for any unknown path.
    pub not_found: bool,
    /// Hash of the structure and visible text, 16 hexadecimal digits; empty where nothing loaded.
    pub fingerprint: String,
    /// Where the page is wider than its window, by width.
    pub overflow: Vec<Overflow>,
    /// The widths at which it was looked for, in CSS pixels.
    pub overflow_checked: Vec<u32>,
    /// Those of them at which the page shows neither text nor picture.
    #[serde(default)]
    pub blank_at: Vec<u32>,
    /// What ended the visit or the probes of this route early.
    pub fault: Option<Fault>,
}

impl RouteTrace {
    /// A route of which nothing is known yet.
    #[must_use]
    pub fn new(path: impl Into<String>, origin: RouteOrigin) -> Self {
        Self {
            path: path.into(),
            origin,
            title: String::new(),
            captures: Vec::new(),
            blank: false,
            overlay: None,
            not_found: false,
            fingerprint: String::new(),
            overflow: Vec::new(),
            overflow_checked: Vec::new(),
            blank_at: Vec::new(),
            fault: None,
        }
    }

    /// What the desktop window showed.
    #[must_use]
    pub fn desktop(&self) -> Option<&Capture> {
        self.captures.first()
    }

    /// What the telephone's window showed.
    #[must_use]
    pub fn mobile(&self) -> Option<&Capture> {
        self.captures.get(1)
    }
}

/// A page that can be scrolled sideways at one window width.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    /// The window's width in CSS pixels.
    pub width: u32,
    /// The page's width there, in CSS pixels.
    pub scroll_width: u32,
    /// The element that reaches furthest, as `tag#id.class`, at most 120 characters.
    pub widest: String,
}

/// What changed after an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Elements, attributes, text or field values that do not change by themselves.
    Document,
    /// The address, without a new document.
    Address,
    /// Another document was opened, and it is not the same page again.
    Navigation,
    /// Local or session storage, or a cookie.
    Storage,
    /// The focus went somewhere other than to the control.
    Focus,
    /// A request was made.
    Network,
    /// A dialog was opened.
    Dialog,
    /// The page or a part of it was scrolled.
    Scroll,
    /// Something was written to the console, or an exception was thrown.
    Console,
    /// A window was asked for.
    Window,
    /// A file was offered for saving.
    Download,
    /// The browser told the user what is wrong with a field.
    Validation,
}

/// How the attempt to use a control ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlOutcome {
    /// It did something; see [`ControlTrace::effects`].
    Live,
    /// Nothing changed.
    Dead,
    /// A link to another host, to mail or to a telephone: not followed.
    Outside,
    /// Something lies over it, so nobody can press it.
    Covered,
    /// The page came to its fault with it.
    Fault,
    /// Not activated: a limit was reached, or the page could not be brought back to where it is.
    Untried,
}

/// What one control did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlTrace {
    /// Index of its route in [`SiteTrace::routes`].
    pub route: u32,
    /// Role in the accessibility tree, or its tag where it is not in there.
    pub role: String,
    /// Accessible name, at most 120 characters; empty when it has none.
    pub name: String,
    /// The part of the page it is in: `header`, `nav`, `main`, `aside`, `footer`, `dialog` or `page`.
    pub section: String,
    /// Where it is in the page at the desktop size.
    pub rect: Rect,
    /// How it ended.
    pub outcome: ControlOutcome,
    /// What changed, sorted.
    pub effects: Vec<Effect>,
}

/// What one text field did with the text typed into it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldTrace {
    /// Index of its route in [`SiteTrace::routes`].
    pub route: u32,
    /// Accessible name, at most 120 characters; empty when it has none.
    pub name: String,
    /// `type` of an input, `textarea`, or `contenteditable`.
    pub kind: String,
    /// Where it is in the page at the desktop size.
    pub rect: Rect,
    /// The text was there right after typing.
    pub accepted: bool,
    /// The text was still there when the page had had time to react.
    pub kept: bool,
}

/// What one form did when it was filled and sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormTrace {
    /// Index of its route in [`SiteTrace::routes`].
    pub route: u32,
    /// Accessible name or the text of its submit button, at most 120 characters.
    pub name: String,
    /// Where it is in the page at the desktop size.
    pub rect: Rect,
    /// Fields that were filled for it; those that held something already are not among them.
    pub filled: u32,
    /// What changed after it was sent, sorted; empty when nothing did.
    pub effects: Vec<Effect>,
}
