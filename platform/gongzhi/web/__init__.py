"""The shell: assembles the application, signs people in, translates errors, offers commands."""
