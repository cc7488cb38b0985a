"""The truth about a simulated DRS: state and rules without any wire format, standard library only."""
