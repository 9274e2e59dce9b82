drop collation app.norwegian;
