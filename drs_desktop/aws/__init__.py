"""AWS by boto3: sessions, clients, the DRS gateway and its mapping. Imported only once a window is there."""
