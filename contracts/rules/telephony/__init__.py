"""Rules of what decides whether a call is placed (`call_gates`), and of what a live one allows (`live_calls`)."""
