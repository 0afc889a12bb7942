"""A simulated office: CRM, mail, sheets, calendar, tickets and chat."""
