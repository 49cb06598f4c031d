"""The kill -9 campaign: processes die in mid-call, mid-delivery, mid-ladder, and nothing promised may be lost."""
