"""Known faults put into the receptionist, and harmless changes around it: does the suite see the first, and only these?"""
