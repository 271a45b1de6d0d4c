"""Who: patients, the people who care for them, what they need, and the calls somebody must make."""
