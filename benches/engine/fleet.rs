pub fn measure(_: &[String]) -> crate::Result<()> {
    Ok(())
}
