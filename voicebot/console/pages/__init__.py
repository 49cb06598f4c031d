"""One module for each page of the console; each has `routes(house, frame)`."""
