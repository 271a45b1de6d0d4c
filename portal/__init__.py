"""The patient's and carer's own page behind a personal link: answers, offers, calendar feed."""
