"""Known faults put into the receptionist, to measure whether the suite would have caught them."""
