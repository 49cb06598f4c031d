"""People and carriers made of software: real telephone calls without a telephone, and measures of what was heard."""
