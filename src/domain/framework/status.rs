//! Where a framework stands on a day.

use chrono::NaiveDate;

use crate::domain::framework::FrameworkContent;
use crate::domain::vocabulary::Trial;

impl FrameworkContent {
    /// Without trial days it is final. With them it is on trial up to and including the last one; also before
    /// the first, since a framework issued for trial is at no time before its end more than that.
    pub fn status(&self, day: NaiveDate) -> Trial {
        match (self.trial_from, self.trial_to) {
            (None, None) => Trial::Final,
            (_, Some(last)) if day > last => Trial::Expired,
            _ => Trial::Trial,
        }
    }
}
