//! How ten criteria become four aspects and one number, exactly as Web2Code published it
//! (arXiv 2406.20098). Arithmetic only: who gave the ten numbers does not matter here.

/// Aspects of one page or of many, each in `0.0..=10.0`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Aspects {
    /// Visual structure and alignment.
    pub vsa: f64,
    /// Colour and aesthetics.
    pub cad: f64,
    /// Text and content.
    pub tcc: f64,
    /// User interface.
    pub uii: f64,
    /// Mean of the four aspects.
    pub overall: f64,
}

impl Aspects {
    /// Aspects from their four values.
    #[must_use]
    pub fn of(vsa: f64, cad: f64, tcc: f64, uii: f64) -> Self {
        Self { vsa, cad, tcc, uii, overall: (vsa + cad + tcc + uii) / 4.0 }
    }
}

/// Aspects of one page from its ten criteria in published order: layout consistency, element
/// alignment, proportional accuracy, visual harmony | colour scheme, aesthetic resemblance | font
/// characteristics, textual content, numbers and special characters | user interface consistency.
#[must_use]
pub fn aggregate(ten: [f64; 10]) -> Aspects {
    let [layout, align, proportion, harmony, color, aesthetic, font, text, number, ui] = ten;
    Aspects::of(
        (layout + align + proportion + harmony) / 4.0,
        (color + aesthetic) / 2.0,
        (font + text + number) / 3.0,
        ui,
    )
}

/// Aspects over pages: the mean of each aspect; overall is the mean of the four means. Absent
/// without pages.
#[must_use]
pub fn aggregate_pages(pages: &[Aspects]) -> Option<Aspects> {
    if pages.is_empty() {
        return None;
    }
    let mean = |of: fn(&Aspects) -> f64| pages.iter().map(of).sum::<f64>() / pages.len() as f64;
    Some(Aspects::of(mean(|p| p.vsa), mean(|p| p.cad), mean(|p| p.tcc), mean(|p| p.uii)))
}

#[cfg(test)]
mod tests {
    use super::{Aspects, aggregate, aggregate_pages};

    #[test]
    fn published_overall_is_the_mean_of_the_four_aspects() {
        let table = include_str!("../fixtures/wcgb_published.csv");
        let rows: Vec<&str> =
            table.lines().filter(|l| !l.starts_with('#') && !l.starts_with("backbone")).collect();
        assert_eq!(rows.len(), 13);
        for row in rows {
            let cells: Vec<f64> = row.split(',').skip(2).map(|c| c.parse().unwrap()).collect();
            let ours = Aspects::of(cells[0], cells[1], cells[2], cells[3]);
            assert!((ours.overall - cells[4]).abs() <= 0.004, "{row}: {}", ours.overall);
        }
    }

    #[test]
    fn criteria_weigh_by_aspect_not_alike() {
        let mut ten = [0.0; 10];
        ten[9] = 10.0;
        assert_eq!(aggregate(ten).overall, 2.5);
        ten[9] = 0.0;
        ten[0] = 10.0;
        assert_eq!(aggregate(ten).overall, 0.625);
    }

    #[test]
    fn overall_over_pages_is_the_mean_of_aspect_means() {
        let pages = [aggregate([10.0; 10]), aggregate([0.0; 10])];
        assert_eq!(aggregate_pages(&pages).map(|a| a.overall), Some(5.0));
        assert_eq!(aggregate_pages(&[]), None);
    }
}
